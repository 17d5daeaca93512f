"""Moves what belongs to one account to another and back: every row that changed hands is written down by its key."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from identity.people.models import PersonAct

_SAME_CONSENT = (
    "o.client_id = t.client_id AND o.scope = t.scope AND o.purpose_hash = t.purpose_hash"
    " AND o.withdrawn_at IS NULL AND t.withdrawn_at IS NULL"
)
# table, its person column, its primary key (a column of bytes as hexadecimal digits), and what would stand in the way at the new owner's.
_MOVES: tuple[tuple[str, str, tuple[str, ...], str | None], ...] = (
    ("person_index", "person_id", ("purpose", "key_id", "digest"), None),
    ("person_document", "person_id", ("id",), None),
    ("pairwise_alias", "person_id", ("sector", "sub"), None),
    ("attestation", "person_id", ("id",), "o.kind = t.kind AND o.revoked_at IS NULL AND t.revoked_at IS NULL"),
    ("moderation_sanction", "person_id", ("id",), None),
    (
        "organisation_mandate",
        "person_id",
        ("id",),
        "o.organisation_id = t.organisation_id AND o.role = t.role AND o.ended_at IS NULL AND t.ended_at IS NULL",
    ),
    ("consent_receipt", "person_id", ("id",), None),
    (
        "consent",
        "person_id",
        ("id",),
        _SAME_CONSENT,
    ),
)


async def move(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> dict[str, Any]:
    """Gives what is `gone_id`'s to `kept_id`, but for what the latter has of their own; the keys of what was moved, by table."""
    moved: dict[str, Any] = {}
    for table, column, key, hindrance in _MOVES:
        free = f"AND NOT EXISTS (SELECT FROM identity.{table} o WHERE o.{column} = :kept AND {hindrance})" if hindrance else ""
        shown = ", ".join(_shown(part) for part in key)
        statement = f"UPDATE identity.{table} t SET {column} = :kept WHERE t.{column} = :gone {free} RETURNING {shown}"  # noqa: S608 (names of this page)
        rows = await session.execute(text(statement), {"kept": kept_id, "gone": gone_id})
        moved[table] = [list(row) for row in rows]
    session.expire_all()
    return moved


async def move_back(session: AsyncSession, act: PersonAct, gone_id: UUID, kept_id: UUID) -> None:
    """Returns every row that the merge moved and that still lies with the one who was kept."""
    for table, column, key, _ in _MOVES:
        wanted = " AND ".join(f"{_shown(part)} = :k{place}" for place, part in enumerate(key))
        statement = text(f"UPDATE identity.{table} t SET {column} = :gone WHERE t.{column} = :kept AND {wanted}")  # noqa: S608 (names of this page)
        for row in act.moved.get(table, ()):
            named = {f"k{place}": value for place, value in enumerate(row)}
            await session.execute(statement, {"kept": kept_id, "gone": gone_id} | named)
    session.expire_all()


def _shown(column: str) -> str:
    if column == "digest":
        return "encode(t.digest, 'hex')"
    return f"t.{column}::text"
