"""What follows from documents, levels, mandates and attestations that begin and end: the person hears of it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.wiring import words
from hanoismart.ids import new_id
from identity.api import access, levels, people
from identity.events import AttestationEnded, DocumentExpiring, FactorChanged, LevelLowered, MandateEnded, MandateGiven, TrustRunningOut
from kernel.events import on
from notifications.api import Template, notify


@on(DocumentExpiring, "notifications.tell_document_expiring")
async def tell_document_expiring(session: AsyncSession, event: DocumentExpiring) -> None:
    await _tell(session, event, words.DOCUMENT, {"days": event.days}, dedupe=f"document {event.days}")


@on(LevelLowered, "notifications.tell_level_lowered")
async def tell_level_lowered(session: AsyncSession, event: LevelLowered) -> None:
    await _tell(session, event, words.LOWERED, {"level": event.level})


@on(MandateGiven, "notifications.tell_mandate_given")
async def tell_mandate_given(session: AsyncSession, event: MandateGiven) -> None:
    await _tell(session, event, words.MANDATE_GIVEN, {})


@on(MandateEnded, "notifications.tell_mandate_ended")
async def tell_mandate_ended(session: AsyncSession, event: MandateEnded) -> None:
    await _tell(session, event, words.MANDATE_ENDED, {})


@on(AttestationEnded, "notifications.tell_attestation_ended")
async def tell_attestation_ended(session: AsyncSession, event: AttestationEnded) -> None:
    await _tell(session, event, words.ATTESTATION_ENDED, {})


@on(FactorChanged, "identity.settle_level")
async def settle_level(session: AsyncSession, event: FactorChanged) -> None:
    """A key bound to its device came or went: level 3 comes and goes with it."""
    if event.kind == "passkey" and await people.cards(session, [event.person_id]):
        await levels.settle(session, event.person_id)


@on(TrustRunningOut, "notifications.tell_trust_running_out")
async def tell_trust_running_out(session: AsyncSession, event: TrustRunningOut) -> None:
    data: dict[str, str | int] = {"country": event.country, "days": event.days}
    for person_id in await access.holders(session, access.Role.ADMINISTRATOR):
        await notify(session, person_id, words.TRUST.key, data, dedupe=f"trust {event.fingerprint[:32]}")


async def _tell(
    session: AsyncSession,
    event: DocumentExpiring | LevelLowered | MandateGiven | MandateEnded | AttestationEnded,
    template: Template,
    data: dict[str, int],
    *,
    dedupe: str | None = None,
) -> None:
    """Whoever is not here any longer is told nothing."""
    if await people.cards(session, [event.person_id]):
        # A delivery acts once, so that a message about a fact without a number of its own needs no other guard.
        await notify(session, event.person_id, template.key, data, dedupe=dedupe or str(new_id()), link="/v1/me")
