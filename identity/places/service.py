"""Brings the city's administrative units into the database, from the list that carries their legal basis."""

import csv
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold, search_copy
from identity.places.models import AdminUnit, UnitKind, UnitLevel

SEED = Path(__file__).parent / "seed" / "hanoi_units_2025.csv"
_LOCK = 0x4853_504C  # one seeding at a time


async def seed(session: AsyncSession) -> int:
    """Adds the 126 communes of 01/07/2025 that are not there yet; returns how many were added. Safe to run again, and twice at once."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    present = {(row.gso_code, row.valid_from) for row in await session.execute(select(AdminUnit.gso_code, AdminUnit.valid_from))}
    added = 0
    with SEED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            valid_from = date.fromisoformat(row["valid_from"])
            if (row["gso_code"], valid_from) in present:
                continue
            session.add(
                AdminUnit(
                    gso_code=row["gso_code"],
                    level=UnitLevel.COMMUNE,
                    kind=UnitKind(row["kind"]),
                    name=row["name"],
                    name_search=search_copy(row["name"]),
                    name_folded=fold(row["name"]),
                    valid_from=valid_from,
                    legal_basis=row["legal_basis"],
                )
            )
            added += 1
    await session.flush()
    return added
