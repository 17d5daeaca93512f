"""What follows from facts about people: messages to them, and what mini-apps must hear."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.wiring import words
from app.wiring.telling import tell
from identity.api import logout, places
from identity.api.notices import NoticeKind
from identity.events import (
    AccountVerified,
    AppealJudged,
    ApprovalAsked,
    CaseDecided,
    ConsentWithdrawn,
    IdentityLocked,
    OutcomeReady,
    ResidenceAttested,
    SecurityNotice,
    SessionEnded,
)
from kernel.events import on
from kernel.jobs import jobs
from plugins.api import reactions

CLOSE_STREAMS = "wiring.close_streams"


@on(AccountVerified, "notifications.tell_verified")
async def tell_verified(session: AsyncSession, event: AccountVerified) -> None:
    await tell(session, event.person_id, words.VERIFIED, {"level": event.level}, dedupe=f"verified {event.level}")


@on(ResidenceAttested, "notifications.tell_residence")
async def tell_residence(session: AsyncSession, event: ResidenceAttested) -> None:
    unit = await places.unit(session, event.unit_id)
    await tell(session, event.person_id, words.RESIDENCE, {"unit": unit.name}, dedupe=f"residence {event.unit_id}")


@on(CaseDecided, "notifications.tell_decided")
async def tell_decided(session: AsyncSession, event: CaseDecided) -> None:
    if event.owner_id is not None:
        await tell(session, event.owner_id, words.DECIDED, dedupe=f"decision {event.decision_id}", link="/v1/me/moderation")


@on(OutcomeReady, "notifications.tell_outcome")
async def tell_outcome(session: AsyncSession, event: OutcomeReady) -> None:
    await tell(session, event.reporter_id, words.OUTCOME, dedupe=f"outcome {event.outcome_id}", link="/v1/me/moderation")


@on(AppealJudged, "notifications.tell_appeal_judged")
async def tell_appeal_judged(session: AsyncSession, event: AppealJudged) -> None:
    await tell(session, event.owner_id, words.APPEAL_JUDGED, dedupe=f"appeal {event.appeal_id}", link="/v1/me/moderation")


@on(SecurityNotice, "notifications.tell_security")
async def tell_security(session: AsyncSession, event: SecurityNotice) -> None:
    template = words.SECURITY[NoticeKind(event.kind)]
    await tell(session, event.person_id, template, dedupe=f"security {event.notice_id}", link="/v1/me/sessions")


@on(ApprovalAsked, "notifications.tell_approval")
async def tell_approval(session: AsyncSession, event: ApprovalAsked) -> None:
    link = f"/v1/me/sign-ins/{event.request_id}"
    await tell(session, event.person_id, words.APPROVAL, dedupe=f"approval {event.request_id}", link=link)


@on(ConsentWithdrawn, "plugins.tell_revoked")
async def tell_revoked(session: AsyncSession, event: ConsentWithdrawn) -> None:
    await reactions.consent_withdrawn(session, event)


@on(ConsentWithdrawn, "identity.tell_withdrawn")
async def tell_withdrawn(session: AsyncSession, event: ConsentWithdrawn) -> None:
    await logout.announce_withdrawal(session, event.person_id, event.client_id)


@on(IdentityLocked, "identity.tell_locked")
async def tell_locked(session: AsyncSession, event: IdentityLocked) -> None:
    await logout.announce_lock(session, event.person_id)


@on(SessionEnded, "identity.tell_relying_parties")
async def tell_relying_parties(session: AsyncSession, event: SessionEnded) -> None:
    await logout.announce(session, event.session_id)


@on(SessionEnded, "notifications.close_streams")
async def end_streams(session: AsyncSession, event: SessionEnded) -> None:
    await jobs.enqueue(session, CLOSE_STREAMS, {"person_id": str(event.person_id)}, dedupe=str(event.person_id))
