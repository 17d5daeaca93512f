"""What follows from a person's rights: archives of every floor, erasure on every floor, and who hears of alarms."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.wiring import words
from identity.api import people
from identity.api.access import allowed
from identity.api.privacy import register_source
from identity.events import (
    AccountErased,
    BreachDue,
    CaseAnswered,
    DemandOverdue,
    ModerationOverdue,
    PrivacyAnswered,
    PrivacyOverdue,
    PrivacyRequested,
    PrivacyStuck,
    ReadingsAlarm,
    SignedIn,
)
from kernel import uploads
from kernel.events import on
from kernel.jobs import jobs
from notifications.api import Template, notify
from notifications.api import privacy as notifications
from payments.api import privacy as payments
from plugins.api import privacy as plugins
from social.api import privacy as social

register_source("notifications", notifications.export)
register_source("payments", payments.export)
register_source("social", social.export)
register_source("miniapps", plugins.export)


@on(AccountErased, "notifications.erase")
async def erase_notifications(session: AsyncSession, event: AccountErased) -> None:
    await notifications.erase(session, event.person_id)


@on(AccountErased, "social.erase")
async def erase_social(session: AsyncSession, event: AccountErased) -> None:
    await social.erase(session, event.person_id)


@on(AccountErased, "plugins.erase")
async def erase_plugins(session: AsyncSession, event: AccountErased) -> None:
    await plugins.erase(session, event.person_id)


@on(AccountErased, "kernel.forget_uploads")
async def forget_uploads(session: AsyncSession, event: AccountErased) -> None:
    await uploads.forget(session, event.person_id)


@on(PrivacyRequested, "plugins.ask_for_deletion")
async def ask_service(session: AsyncSession, event: PrivacyRequested) -> None:
    if event.client_id is not None and event.kind == "erase":
        await plugins.ask_for_deletion(session, event.client_id, event.person_id, event.request_id)


@on(PrivacyAnswered, "notifications.tell_privacy")
async def tell_privacy(session: AsyncSession, event: PrivacyAnswered) -> None:
    await _tell(session, event.person_id, words.PRIVACY, f"privacy {event.request_id} {event.state}", "/v1/me/privacy/requests")


@on(CaseAnswered, "notifications.tell_case_answered")
async def tell_case(session: AsyncSession, event: CaseAnswered) -> None:
    link = f"/v1/me/moderation/cases/{event.case_id}/messages"
    await _tell(session, event.owner_id, words.CASE_MESSAGE, f"case message {event.case_id}", link)


@on(SignedIn, "identity.consider_signals", lane="bulk")
async def look_for_signals(session: AsyncSession, event: SignedIn) -> None:
    payload = {"person_id": str(event.person_id), "session_id": str(event.session_id)}
    await jobs.enqueue(session, "signals.consider", payload, dedupe=str(event.session_id))


@on(PrivacyOverdue, "staff.privacy_overdue")
async def privacy_overdue(session: AsyncSession, event: PrivacyOverdue) -> None:
    await _ring(session, "privacy.handle", words.OVERDUE, f"overdue {event.request_id}")


@on(PrivacyStuck, "staff.privacy_stuck")
async def privacy_stuck(session: AsyncSession, event: PrivacyStuck) -> None:
    await _ring(session, "privacy.handle", words.STUCK, f"stuck {event.request_id} {event.failed_at.isoformat()}")


@on(DemandOverdue, "staff.demand_overdue")
async def demand_overdue(session: AsyncSession, event: DemandOverdue) -> None:
    await _ring(session, "moderation.authorities", words.OVERDUE, f"overdue {event.demand_id}")


@on(ModerationOverdue, "staff.moderation_overdue")
async def moderation_overdue(session: AsyncSession, event: ModerationOverdue) -> None:
    permission = "moderation.approve" if event.what == "case" else "moderation.appeals"
    await _ring(session, permission, words.OVERDUE, f"overdue {event.subject_id}")


@on(BreachDue, "staff.breach_due", lane="emergency")
async def breach_due(session: AsyncSession, event: BreachDue) -> None:
    await _ring(session, "breaches.handle", words.OVERDUE, f"breach {event.breach_id} {event.overdue}")


@on(ReadingsAlarm, "staff.readings_alarm")
async def readings_alarm(session: AsyncSession, event: ReadingsAlarm) -> None:
    await _ring(session, "audit.read", words.READINGS, f"readings {event.alarm_id}", but=event.officer_id)


async def _ring(session: AsyncSession, permission: str, template: Template, dedupe: str, *, but: UUID | None = None) -> None:
    """Everybody whose roles give the permission hears it; nobody hears of themselves."""
    for officer in await allowed(session, permission):
        if officer != but:
            await _tell(session, officer, template, dedupe, None)


async def _tell(session: AsyncSession, person_id: UUID, template: Template, dedupe: str, link: str | None) -> None:
    """Nobody is told who has left: an erased account keeps no inbox."""
    if await people.cards(session, [person_id]):
        await notify(session, person_id, template.key, {}, dedupe=dedupe, link=link)
