"""What I agreed to, and taking it back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from sqlalchemy import Select, select

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.consent import service
from identity.consent.models import Consent, ConsentReceipt
from identity.consent.schemas import ConsentOut, ReceiptOut
from identity.mandates.acting import MandateMissing, acting_for_ward
from kernel.access import CallerDep, Person

router = Router(tags=["consent"])
ClientId = Annotated[str, Path(max_length=120)]
Scope = Annotated[str, Path(max_length=80)]


@router.get("/v1/me/consents", audience=Person(), response_model=ListOut[ConsentOut])
async def list_consents(session: Session, caller: CallerDep, page: Paging) -> Page[Any]:
    """Every consent I gave, open and withdrawn, newest first."""
    mine = select(Consent).where(Consent.person_id == caller.person)
    return await paginate(session, mine, [Consent.given_at, Consent.id], page)


@router.delete("/v1/me/consents/{client_id}", audience=Person(), status_code=204, problems=[NotFound])
async def withdraw_consents(client_id: ClientId, session: Session, caller: CallerDep) -> None:
    """Withdraw everything I agreed to for one client; effective within seconds everywhere."""
    if not await service.withdraw(session, caller.person, client_id):
        raise NotFound


@router.delete("/v1/me/consents/{client_id}/{scope}", audience=Person(), status_code=204, problems=[NotFound])
async def withdraw_scope(client_id: ClientId, scope: Scope, session: Session, caller: CallerDep) -> None:
    """Withdraw one scope; the client's tokens end, and what is left is asked for without it."""
    if not await service.withdraw(session, caller.person, client_id, [scope]):
        raise NotFound


@router.get("/v1/me/consent-receipts", audience=Person(), response_model=ListOut[ReceiptOut])
async def list_receipts(session: Session, caller: CallerDep, page: Paging) -> ListOut[ReceiptOut]:
    """The receipt of every act of consent, the newest first; they stay after a withdrawal."""
    found = await paginate(session, _receipts(caller.person), [ConsentReceipt.given_at, ConsentReceipt.id], page)
    listed = [ReceiptOut.model_validate(one) for one in await service.receipts(session, found.items)]
    return ListOut(items=listed, next=found.next)


@router.get("/v1/me/consent-receipts/{receipt_id}", audience=Person(), problems=[NotFound], response_model=ReceiptOut)
async def read_receipt(receipt_id: UUID, session: Session, caller: CallerDep) -> ReceiptOut:
    """One receipt, to keep."""
    found = (await session.scalars(_receipts(caller.person).where(ConsentReceipt.id == receipt_id))).all()
    if not found:
        raise NotFound
    return ReceiptOut.model_validate((await service.receipts(session, found))[0])


@router.get("/v1/me/wards/{ward_id}/consents", audience=Person(), problems=[MandateMissing], response_model=ListOut[ConsentOut])
async def ward_consents(ward_id: UUID, session: Session, caller: CallerDep, page: Paging) -> Page[Any]:
    """What a ward of mine agreed to; what waits for me has no `represented_at`."""
    await acting_for_ward(session, caller.person, ward_id)
    theirs = select(Consent).where(Consent.person_id == ward_id)
    return await paginate(session, theirs, [Consent.given_at, Consent.id], page)


@router.post("/v1/me/wards/{ward_id}/consents/{consent_id}/agree", audience=Person(), status_code=204, problems=[MandateMissing, NotFound])
async def agree_for_ward(ward_id: UUID, consent_id: UUID, session: Session, caller: CallerDep) -> None:
    """My half of a ward's consent; it counts from now on."""
    await acting_for_ward(session, caller.person, ward_id)
    if not await service.represent(session, ward_id, consent_id, caller.person):
        raise NotFound


@router.delete("/v1/me/wards/{ward_id}/consents/{client_id}", audience=Person(), status_code=204, problems=[MandateMissing, NotFound])
async def withdraw_for_ward(ward_id: UUID, client_id: ClientId, session: Session, caller: CallerDep) -> None:
    """End a ward's consent: either of us is enough (Law 91/2025/QH15 Art. 24)."""
    await acting_for_ward(session, caller.person, ward_id)
    if not await service.withdraw(session, ward_id, client_id, by=caller.person):
        raise NotFound


def _receipts(person_id: UUID) -> Select[ConsentReceipt]:
    return select(ConsentReceipt).where(ConsentReceipt.person_id == person_id)
