"""`/v1/me/receipts`: what a person has paid."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.api import people
from kernel.access import CallerDep, Person
from payments.receipts import service
from payments.receipts.models import ReceiptRow
from payments.receipts.schemas import ReceiptOut
from payments.receipts.service import Receipt

router = Router(tags=["payments"])


@router.get("/v1/me/receipts", audience=Person(), problems=[CursorInvalid], response_model=ListOut[ReceiptOut])
async def receipts(request: Request, session: Session, caller: CallerDep, page: Paging) -> ListOut[ReceiptOut]:
    """Newest first."""
    mine = select(ReceiptRow).where(ReceiptRow.payer_id.in_(await people.every_self(session, caller.person)))
    found = await paginate(session, mine, [ReceiptRow.issued_at, ReceiptRow.id], page)
    series = await service.series_of(session, {row.series_id for row in found.items})
    shown = [_out(service.shown_as(row, series[row.series_id]), locale_of(request)) for row in found.items]
    return ListOut(items=shown, next=found.next)


@router.get("/v1/me/receipts/{receipt_id}", audience=Person(), problems=[service.ReceiptNotFound], response_model=ReceiptOut)
async def receipt(request: Request, receipt_id: UUID, session: Session, caller: CallerDep) -> ReceiptOut:
    return _out(await service.own_receipt(session, caller.person, receipt_id), locale_of(request))


def _out(found: Receipt, locale: str) -> ReceiptOut:
    return ReceiptOut(
        id=found.id,
        payment_id=found.intent_id,
        pattern=found.pattern,
        series=found.series,
        number=f"{found.number:07d}",
        agency=found.agency,
        agency_code=found.agency_code,
        tax_code=found.tax_code,
        payer=found.payer_name,
        payee=found.payee_name,
        description=found.description.in_(locale),
        amount=found.amount,
        amount_in_words=found.amount_in_words.in_(locale),
        issued_at=found.issued_at,
        check_code=found.check_code,
    )
