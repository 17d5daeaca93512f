"""Registering the first passkey of an account, right after its holder was proved."""

from fastapi import Depends

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.credentials import service
from identity.credentials.schemas import AskOut, EnrolmentIn, PasskeyIn, PasskeyOut
from identity.credentials.service import PasskeyKnown, PasskeyRefused
from identity.factors import service as factors
from identity.notices.models import NoticeKind
from identity.proofing import enrolments
from identity.proofing.enrolments import EnrolmentRefused
from kernel.limits import TooMany, open_door

router = Router(tags=["credentials"])


@router.post(
    "/v1/credentials/passkeys/options",
    audience=Anyone(),
    response_model=AskOut,
    problems=[TooMany],
    dependencies=[Depends(open_door)],
)
async def passkey_options(body: EnrolmentIn, session: Session) -> service.Ask:
    """Options for `navigator.credentials.create()`. Whether the enrolment counts is told only when it is used."""
    return await service.ask_to_register(session, bound_to=body.enrolment)


@router.post(
    "/v1/credentials/passkeys",
    audience=Anyone(),
    status_code=201,
    response_model=PasskeyOut,
    problems=[PasskeyRefused, PasskeyKnown, EnrolmentRefused],
)
async def register_passkey(body: PasskeyIn, session: Session) -> PasskeyOut:
    """Register a passkey for the account the enrolment stands for; the enrolment is used up."""
    person_id = await enrolments.redeem(session, body.enrolment)
    had = await service.ever(session, person_id)
    passkey = await service.register(session, person_id, body.challenge_id, body.credential, bound_to=body.enrolment, label=body.label)
    if had:  # an account that is taken up again; a new one has nobody to tell yet
        await factors.changed(session, person_id, "passkey", NoticeKind.FACTOR_ADDED)
    return PasskeyOut.model_validate(passkey)
