"""What can be moderated: upper floors register their kinds, accounts are built in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.people.models import Person, PersonState

ACCOUNT = "account"


class SubjectNotFound(Problem):
    code = "moderation.subject_not_found"
    status = 404
    title = Text(vi="Không tìm thấy nội dung này", en="There is no such content")


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """What the subject says now. `owner_id` is whom a decision concerns, None where it belongs to nobody; `language` and `at` as known.

    `reach`: how many people see it; `area_id`: the administrative unit it belongs to; `media`: SHA-256 of its pictures, in hex.
    """

    owner_id: UUID | None
    text: str
    language: str | None = None
    at: datetime | None = None
    reach: int = 0
    area_id: UUID | None = None
    media: tuple[str, ...] = ()


class ModeratedKind(Protocol):
    """One kind of content. Its functions run in the caller's transaction."""

    @property
    def kind(self) -> str: ...

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:
        """The subject now; None where it is not there, or where `visible_for` may not see it."""
        ...

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:
        """Takes the subject out of everybody's sight."""
        ...

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:
        """Undoes `hide`."""
        ...


class AccountKind:
    """A person's account. There is nothing to hide: only a lock restricts it, and social floors ask `locked`."""

    kind = ACCOUNT

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:  # noqa: ARG002 - every account may be reported by everybody
        found = await session.scalar(select(Person).where(Person.id == subject_id, Person.state == PersonState.ACTIVE))
        return None if found is None else Snapshot(found.id, found.display_name)

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None: ...

    async def show(self, session: AsyncSession, subject_id: UUID) -> None: ...


_kinds: dict[str, ModeratedKind] = {ACCOUNT: AccountKind()}


def register(kind: ModeratedKind) -> None:
    """Makes a kind known, once. Raises ValueError where another has its name."""
    if _kinds.setdefault(kind.kind, kind) is not kind:
        raise ValueError(f"the kind {kind.kind} is registered already")


def of(kind: str) -> ModeratedKind:
    """Raises SubjectNotFound for a kind nobody registered."""
    found = _kinds.get(kind)
    if found is None:
        raise SubjectNotFound
    return found
