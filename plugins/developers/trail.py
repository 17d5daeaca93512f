"""What was done with an organisation's keys, domains and apps, and by whom: the audit trail as its developers may see it."""

from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel import audit
from kernel.models import AuditEntry
from plugins.registry.models import MiniApp
from plugins.registry.problems import AppNotFound

AREAS: Final = ("developer", "miniapp", "webhook")
COLUMNS: Final = ("id", "at", "by", "person_id", "action", "app_id", "facts", "request_id")
By = Literal["member", "staff", "app", "system"]
_KINDS: Final[dict[str, By]] = {"person": "member", "staff": "staff", "client": "app"}


async def of(session: AsyncSession, organisation_id: UUID, app_id: str | None = None) -> Select[AuditEntry]:
    """The entries about an organisation and every app of it, or about one app. Raises AppNotFound for an app that is not theirs."""
    wanted = select(MiniApp.app_id).where(MiniApp.organisation_id == organisation_id)
    found = list(await session.scalars(wanted if app_id is None else wanted.where(MiniApp.app_id == app_id)))
    if app_id is not None and not found:
        raise AppNotFound
    own = [] if app_id is not None else [f"organisation:{organisation_id}"]
    return audit.about([*own, *(f"miniapp:{one}" for one in found)], AREAS)


def plain(entry: AuditEntry) -> dict[str, Any]:
    """One entry for developers: members by their id, as the list of members has it; of the city's staff only that it was staff."""
    kind, _, who = entry.actor.partition(":")
    subject, _, name = entry.subject.partition(":")
    by = _KINDS.get(kind, "system")
    return {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "by": by,
        "person_id": who if by == "member" else None,
        "action": entry.action,
        "app_id": name if subject == "miniapp" else None,
        "facts": entry.facts,
        "request_id": entry.request_id,
    }
