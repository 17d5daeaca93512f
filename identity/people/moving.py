"""Moves what belongs to one account to another and back: every row that changed hands is written down by its key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.people import vault
from identity.people.models import PersonAct

_SAME_CONSENT = (
    "o.client_id = t.client_id AND o.scope = t.scope AND o.purpose_hash = t.purpose_hash"
    " AND o.withdrawn_at IS NULL AND t.withdrawn_at IS NULL"
)
_SAME_MANDATE = "o.organisation_id = t.organisation_id AND o.role = t.role AND o.ended_at IS NULL AND t.ended_at IS NULL"


@dataclass(frozen=True, slots=True)
class _Move:
    """One column that names a person. `key`: the table's primary key (a column of bytes as hexadecimal digits).

    `hindrance`: what of the new owner's own (`o`) would stand in the way of a row (`t`). `only`: what else must hold of the row.
    """

    table: str
    column: str = "person_id"
    key: tuple[str, ...] = ("id",)
    hindrance: str | None = None
    only: str = "true"

    @property
    def name(self) -> str:
        """Under which the keys of what was moved are written down."""
        return self.table if self.column == "person_id" else f"{self.table}.{self.column}"


# Nobody stands for themselves, agrees to their own guardianship or gives themselves an administration: such rows stay, and end.
_MOVES: tuple[_Move, ...] = (
    _Move("person_index", key=("purpose", "key_id", "digest")),
    _Move("person_document"),
    _Move("pairwise_alias", key=("sector", "sub")),
    _Move("attestation", hindrance="o.kind = t.kind AND o.revoked_at IS NULL AND t.revoked_at IS NULL"),
    _Move("moderation_sanction"),
    _Move("organisation_mandate", hindrance=_SAME_MANDATE, only="(t.granted_by IS DISTINCT FROM :kept OR t.role <> 'administrator')"),
    _Move(
        "guardianship",
        "guardian_id",
        hindrance="o.ward_id = t.ward_id AND o.ended_at IS NULL AND t.ended_at IS NULL",
        only="t.ward_id <> :kept AND t.agreed_by IS DISTINCT FROM :kept",
    ),
    _Move(
        "guardianship",
        "ward_id",
        hindrance="o.guardian_id = t.guardian_id AND o.ended_at IS NULL AND t.ended_at IS NULL",
        only="t.guardian_id <> :kept",
    ),
    _Move("delegation", "from_person_id", only="t.to_person_id <> :kept"),
    _Move("delegation", "to_person_id", only="t.from_person_id <> :kept"),
    _Move("consent_receipt"),
    _Move("consent", hindrance=_SAME_CONSENT),
)
_DOCUMENTS = "person_document"
_ATTRIBUTES, _LENT_AT = "sealed_attribute", "lent_at"
_NAMED_SINCE = "named_since"
_SINCE = text("UPDATE identity.pairwise_alias SET created_at = :since WHERE sector = :sector AND sub = :sub AND person_id = :person")


async def move(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> dict[str, Any]:
    """Gives what is `gone_id`'s to `kept_id`, but for what the latter has of their own; the keys of what was moved, by table.

    What is sealed is sealed anew under the new owner's key: an erasure then reaches it, and a rotation of keys can read it.
    """
    moved: dict[str, Any] = {_NAMED_SINCE: await _names_stand_behind(session, gone_id)}
    for each in _MOVES:
        free = f"AND NOT EXISTS (SELECT FROM identity.{each.table} o WHERE o.{each.column} = :kept AND {each.hindrance})"
        free = free if each.hindrance else ""
        shown = ", ".join(_shown(part) for part in each.key)
        statement = (
            f"UPDATE identity.{each.table} t SET {each.column} = :kept"  # noqa: S608 (names of this page)
            f" WHERE t.{each.column} = :gone AND {each.only} {free} RETURNING {shown}"
        )
        rows = await session.execute(text(statement), {"kept": kept_id, "gone": gone_id})
        moved[each.name] = [list(row) for row in rows]
    session.expire_all()
    await vault.hand_over(session, gone_id, kept_id, documents=_ids(moved))
    moved[_ATTRIBUTES] = await vault.lend(session, gone_id, kept_id)
    moved[_LENT_AT] = now().isoformat()
    return moved


async def move_back(session: AsyncSession, act: PersonAct, gone_id: UUID, kept_id: UUID) -> None:
    """Returns every row that the merge moved and that still lies with the one who was kept."""
    moved = act.moved
    returned: dict[str, Any] = {}
    for each in _MOVES:
        wanted = " AND ".join(f"{_shown(part)} = :k{place}" for place, part in enumerate(each.key))
        statement = text(
            f"UPDATE identity.{each.table} t SET {each.column} = :gone WHERE t.{each.column} = :kept AND {wanted} RETURNING 1"  # noqa: S608 (names of this page)
        )
        rows = returned.setdefault(each.name, [])
        for row in moved.get(each.name, ()):
            named = {f"k{place}": value for place, value in enumerate(row)}
            if (await session.execute(statement, {"kept": kept_id, "gone": gone_id} | named)).first() is not None:
                rows.append(row)
    for sector, sub, since in moved.get(_NAMED_SINCE, ()):
        await session.execute(_SINCE, {"sector": sector, "sub": sub, "person": gone_id, "since": datetime.fromisoformat(since)})
    session.expire_all()
    await vault.hand_over(session, kept_id, gone_id, documents=_ids(returned))
    if _LENT_AT in moved:
        await vault.take_back(session, kept_id, moved[_ATTRIBUTES], since=datetime.fromisoformat(moved[_LENT_AT]))


async def _names_stand_behind(session: AsyncSession, gone_id: UUID) -> list[list[str]]:
    """Dates the names services know the account by from now on, in the order they have: in a sector the oldest is told.

    So whoever stays keeps the name they had there. What the dates were, for the way back.
    """
    named = text("SELECT sector, sub, created_at FROM identity.pairwise_alias WHERE person_id = :gone ORDER BY created_at, sub")
    rows, moment = (await session.execute(named, {"gone": gone_id})).all(), now()
    for place, row in enumerate(rows):
        since = moment + timedelta(microseconds=place)
        await session.execute(_SINCE, {"sector": row.sector, "sub": row.sub, "person": gone_id, "since": since})
    return [[row.sector, row.sub, row.created_at.isoformat()] for row in rows]


def _ids(moved: dict[str, Any]) -> list[UUID]:
    return [UUID(row[0]) for row in moved.get(_DOCUMENTS, ())]


def _shown(column: str) -> str:
    if column == "digest":
        return "encode(t.digest, 'hex')"
    return f"t.{column}::text"
