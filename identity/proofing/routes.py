"""Proving who one is with a chip, and the reviews that follow where a human must look."""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import Header, Request

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.proofing import reviews, service
from identity.proofing.admission import DocumentNotAccepted, StayEnded
from identity.proofing.chip import refusals
from identity.proofing.chip.refusals import ChipRefused, DataGroupMalformed
from identity.proofing.models import ProofingSession
from identity.proofing.reviews import DuplicateNotApproved, ReviewNotFound
from identity.proofing.schemas import (
    ChipAuthenticationIn,
    ChipAuthenticationOut,
    ChipIn,
    DecisionIn,
    DecisionOut,
    EnrolmentOut,
    ProofingOut,
    ReviewOut,
    StartedOut,
    VerdictOut,
)
from identity.proofing.service import Holder, ProofingClosed, ProofingNotFound, Started
from identity.proofing.verdicts import Verdict
from identity.proofing.verifier import Reading
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, NotAllowed, Person, Staff, StepUpRequired
from kernel.http.address import address_of
from kernel.limits import TooMany
from kernel.pool import PoolFull

router = Router(tags=["proofing"])
Secret = Annotated[str, Header(alias="Proofing-Secret", max_length=200)]
_READ = frozenset({1, 13, 14, 15})
_BIOMETRIC = frozenset({2, 3, 4})


class BiometricsRefused(ChipRefused):
    """Law 91/2025/QH15 Art. 29(2): no image of an identity paper or its holder is asked for, and none is taken."""

    code = "proofing.biometrics_refused"
    title = Text(vi="Không nhận ảnh hay sinh trắc học từ chip", en="No portrait or other biometrics of the chip are taken")


CHIP_REFUSALS = tuple(
    kind for kind in vars(refusals).values() if isinstance(kind, type) and issubclass(kind, ChipRefused) and kind is not ChipRefused
)


@router.post("/v1/proofing/sessions", audience=Anyone(), status_code=201, response_model=StartedOut, problems=[TooMany])
async def start_proofing(request: Request, session: Session) -> Started:
    """Open a session for reading one chip: a secret, and the challenge the chip is to answer."""
    return await service.start(session, address=address_of(request))


@router.post(
    "/v1/proofing/sessions/{session_id}/chip",
    audience=Anyone(),
    response_model=VerdictOut,
    problems=[ProofingNotFound, ProofingClosed, PoolFull, *CHIP_REFUSALS, BiometricsRefused, DocumentNotAccepted, StayEnded],
)
async def submit_chip(session_id: UUID, body: ChipIn, secret: Secret, request: Request, session: Session) -> Verdict:
    """Hand in what was read from the chip. The session is used up by it, whatever the verdict."""
    reading = _reading(body)
    row = await service.find(session, session_id, secret)
    parts = request.scope["runtime"].parts
    return await service.submit(
        session,
        row,
        reading,
        verifier=parts["chip_verifier"],
        holder=Holder(parts["holder_matcher"], parts["liveness"], body.liveness),
        stay_ends_on=body.stay_ends_on,
        locale=body.locale,
    )


@router.post(
    "/v1/proofing/sessions/{session_id}/chip-authentication",
    audience=Anyone(),
    response_model=ChipAuthenticationOut,
    problems=[ProofingNotFound, ProofingClosed, PoolFull, *CHIP_REFUSALS],
)
async def begin_chip_authentication(
    session_id: UUID, body: ChipAuthenticationIn, secret: Secret, request: Request, session: Session
) -> ChipAuthenticationOut:
    """What to ask a chip whose data group 14 offers chip authentication; its answer goes in with what was read."""
    return await _begin(session, await service.find(session, session_id, secret), body, request)


@router.post(
    "/v1/me/proofing/sessions/{session_id}/chip-authentication",
    audience=Person(),
    response_model=ChipAuthenticationOut,
    problems=[ProofingNotFound, ProofingClosed, PoolFull, *CHIP_REFUSALS],
)
async def begin_renewal_authentication(
    session_id: UUID, body: ChipAuthenticationIn, request: Request, session: Session, caller: CallerDep
) -> ChipAuthenticationOut:
    """The same for a further document of the caller's own."""
    return await _begin(session, await service.find_own(session, session_id, caller.person), body, request)


@router.post(
    "/v1/me/proofing/sessions",
    audience=Person(),
    status_code=201,
    response_model=StartedOut,
    problems=[TooMany, StepUpRequired, ActionFrozen],
)
async def start_renewal(request: Request, session: Session, caller: CallerDep) -> Started:
    """Open a session for a further or renewed document of the caller's own."""
    await step_up.require(session, caller, "factor.change")
    return await service.start(session, address=address_of(request), for_person_id=caller.person)


@router.post(
    "/v1/me/proofing/sessions/{session_id}/chip",
    audience=Person(),
    response_model=VerdictOut,
    problems=[ProofingNotFound, ProofingClosed, PoolFull, *CHIP_REFUSALS, BiometricsRefused, DocumentNotAccepted, StayEnded],
)
async def submit_renewal(session_id: UUID, body: ChipIn, request: Request, session: Session, caller: CallerDep) -> Verdict:
    """Hand in what was read from the new chip: it goes under the account, or to an officer where it looks like somebody else's."""
    reading = _reading(body)
    row = await service.find_own(session, session_id, caller.person)
    parts = request.scope["runtime"].parts
    return await service.submit(
        session,
        row,
        reading,
        verifier=parts["chip_verifier"],
        holder=Holder(parts["holder_matcher"], parts["liveness"], body.liveness),
        stay_ends_on=body.stay_ends_on,
    )


@router.get("/v1/me/proofing/sessions/{session_id}", audience=Person(), response_model=ProofingOut, problems=[ProofingNotFound])
async def read_renewal(session_id: UUID, session: Session, caller: CallerDep) -> ProofingOut:
    """How the session stands."""
    return ProofingOut.model_validate(await service.find_own(session, session_id, caller.person))


@router.get("/v1/proofing/sessions/{session_id}", audience=Anyone(), response_model=ProofingOut, problems=[ProofingNotFound])
async def read_proofing(session_id: UUID, secret: Secret, session: Session) -> ProofingOut:
    """How the session stands."""
    return ProofingOut.model_validate(await service.find(session, session_id, secret))


@router.post(
    "/v1/proofing/sessions/{session_id}/enrolment",
    audience=Anyone(),
    status_code=201,
    response_model=EnrolmentOut,
    problems=[ProofingNotFound, ProofingClosed],
)
async def take_enrolment(session_id: UUID, secret: Secret, session: Session) -> EnrolmentOut:
    """The enrolment secret after a reviewer's approval, once."""
    row = await service.find(session, session_id, secret)
    return EnrolmentOut(enrolment=await service.enrol(session, row))


@router.get("/v1/proofing/reviews", audience=Staff("proofing.review"), response_model=ListOut[ReviewOut], problems=[CursorInvalid])
async def list_reviews(session: Session, page: Paging) -> ListOut[ReviewOut]:
    """What waits for a reviewer, the oldest first."""
    found = await paginate(session, reviews.waiting(), [ProofingSession.created_at, ProofingSession.id], page, newest_first=False)
    return ListOut(items=[ReviewOut.model_validate(each) for each in await reviews.shown(session, found.items)], next=found.next)


@router.post(
    "/v1/proofing/reviews/{session_id}/decision",
    audience=Staff("proofing.review"),
    response_model=DecisionOut,
    problems=[ReviewNotFound, DuplicateNotApproved, NotAllowed],
)
async def decide_review(session_id: UUID, body: DecisionIn, session: Session, caller: CallerDep) -> DecisionOut:
    """Approve or reject, after looking at the holder and the document."""
    state = await reviews.decide(session, session_id, approve=body.approve, join=body.join, decided_by=caller.person, note=body.note)
    return DecisionOut(state="verified" if state == "verified" else "rejected")


def _reading(body: ChipIn) -> Reading:
    groups = {int(number): base64.b64decode(text) for number, text in body.data_groups.items()}
    if groups.keys() & _BIOMETRIC:
        raise BiometricsRefused
    if not groups.keys() <= _READ:
        raise DataGroupMalformed("number")
    return Reading(groups, base64.b64decode(body.sod), _decoded(body.answer), _decoded(body.chip_answer))


def _decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


async def _begin(session: Session, row: ProofingSession, body: ChipAuthenticationIn, request: Request) -> ChipAuthenticationOut:
    verifier = request.scope["runtime"].parts["chip_verifier"]
    begun = await service.begin_chip_authentication(session, row, base64.b64decode(body.data_group_14), verifier=verifier)
    return ChipAuthenticationOut(
        protocol=begun.protocol,
        key_id=begun.key_id,
        public_key=base64.b64encode(begun.public_key).decode(),
        command=base64.b64encode(begun.command).decode(),
    )
