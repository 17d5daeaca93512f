"""Messages between owner and office, sealed; and the office's ready-made words."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.events import CaseAnswered
from identity.moderation import cases
from identity.moderation.appeals import AppealNotFound
from identity.moderation.cases import CaseNotFound
from identity.moderation.dialogue.models import Message, MessageTemplate, Party
from identity.moderation.models import Appeal, Case, Decision, Statement
from identity.people.queries import living, selves
from kernel.audit import record
from kernel.events import emit
from kernel.limits import spend
from kernel.sealing import keyring

OWNERS_A_DAY = 20


async def say(session: AsyncSession, case_id: UUID, officer: UUID, text: str, *, role: str, appeal_id: UUID | None = None) -> Message:
    """The office says something to the owner, who is told. Raises CaseNotFound, OwnCase, FlaggedRecordClosed, AppealNotFound."""
    case = await cases.visible(session, case_id, officer, "moderation.read")
    await cases.require_stranger(session, case, officer)
    if case.owner_id is None:
        raise CaseNotFound
    await _require_appeal(session, case_id, appeal_id)
    row = await _write(session, case_id, Party.STAFF, officer, text, role=role, appeal_id=appeal_id)
    await emit(session, CaseAnswered(case_id, await living(session, case.owner_id)))
    return row


async def answer(session: AsyncSession, case_id: UUID, owner: UUID, text: str, *, appeal_id: UUID | None = None) -> Message:
    """The owner says something to the office. Raises CaseNotFound where nobody told them of the case yet, AppealNotFound, TooMany."""
    await require_known(session, case_id, owner)
    await _require_appeal(session, case_id, appeal_id)
    await spend(session, f"case-messages:{owner}", limit=OWNERS_A_DAY, window=cases.DAY)
    return await _write(session, case_id, Party.OWNER, owner, text, role="owner", appeal_id=appeal_id)


async def require_known(session: AsyncSession, case_id: UUID, owner: UUID) -> None:
    """A person learns of a case about them by a statement of reasons or by a message, not by guessing its id. Raises CaseNotFound."""
    told = exists().where(Statement.decision_id == Decision.id, Decision.case_id == Case.id, Statement.owner_id.in_(selves(owner)))
    asked = exists().where(Message.case_id == Case.id, Message.party == Party.STAFF)
    if await session.scalar(select(Case.id).where(Case.id == case_id, Case.owner_id.in_(selves(owner)), told | asked)) is None:
        raise CaseNotFound


async def case_of_appeal(session: AsyncSession, appeal_id: UUID) -> UUID:
    """Raises AppealNotFound."""
    found = await session.scalar(select(Decision.case_id).join(Appeal, Appeal.decision_id == Decision.id).where(Appeal.id == appeal_id))
    if found is None:
        raise AppealNotFound
    return UUID(str(found))


def thread(case_id: UUID) -> Select[Message]:
    return select(Message).where(Message.case_id == case_id)


def words(row: Message) -> str:
    """What was said; empty once it is past its time."""
    return keyring().open(row.text, context=_context(row.id)).decode() if row.text else ""


async def templates(session: AsyncSession) -> Sequence[MessageTemplate]:
    """The newest version of each template, by key."""
    newest = select(MessageTemplate.key, func.max(MessageTemplate.version).label("version")).group_by(MessageTemplate.key).subquery()
    rows = await session.scalars(
        select(MessageTemplate)
        .join(newest, (newest.c.key == MessageTemplate.key) & (newest.c.version == MessageTemplate.version))
        .order_by(MessageTemplate.key)
    )
    return rows.all()


async def save_template(session: AsyncSession, key: str, text: Text, *, by: UUID) -> MessageTemplate:
    """A new version of a template."""
    last = await session.scalar(select(func.max(MessageTemplate.version)).where(MessageTemplate.key == key))
    row = MessageTemplate(key=key, version=(last or 0) + 1, text_vi=text.vi, text_en=text.en)
    session.add(row)
    await session.flush()
    await record(session, actor=f"person:{by}", action="template.saved", subject=f"template:{key}", facts={"version": row.version})
    return row


async def _require_appeal(session: AsyncSession, case_id: UUID, appeal_id: UUID | None) -> None:
    if appeal_id is None:
        return
    inside = select(Appeal.id).join(Decision, Decision.id == Appeal.decision_id).where(Appeal.id == appeal_id, Decision.case_id == case_id)
    if await session.scalar(inside) is None:
        raise AppealNotFound


async def _write(
    session: AsyncSession, case_id: UUID, party: Party, author: UUID, text: str, *, role: str, appeal_id: UUID | None
) -> Message:
    message_id = new_id()
    sealed = keyring().seal(text.encode(), context=_context(message_id))
    row = Message(id=message_id, case_id=case_id, appeal_id=appeal_id, party=party, role=role, author_id=author, text=sealed, at=now())
    session.add(row)
    await session.flush()
    await record(session, actor=f"person:{author}", action="case.message", subject=f"case:{case_id}", facts={"party": party.value})
    return row


def _context(message_id: UUID) -> bytes:
    return f"case-message:{message_id}".encode()
