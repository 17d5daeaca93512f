"""Issues one receipt per settled payment, numbered without a gap inside its series (Decree 123/2020, amended by 70/2025)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import people
from kernel.sealing import blind_index
from payments.intents.models import IntentRow, PayeeRow
from payments.receipts.models import EVERYBODY, ReceiptRow, SeriesRow
from payments.settings import settings
from payments.spelling import dong_en, dong_vi

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
PATTERN = "02BLP0-001"  # 02: value not printed in advance
NAMELESS = "Người nộp không ghi tên"


@dataclass(frozen=True, slots=True)
class Receipt:
    id: UUID
    intent_id: UUID
    payer_id: UUID | None
    pattern: str
    series: str
    number: int
    agency: str
    agency_code: str
    tax_code: str
    payer_name: str
    payee_name: str
    description: Text
    amount: int
    amount_in_words: Text
    issued_at: datetime
    check_code: str

    @property
    def label(self) -> str:
        """Series and the seven digits of the number, as it is quoted."""
        return f"{self.series} {self.number:07d}"


class ReceiptNotFound(Problem):
    code = "payments.receipt_not_found"
    status = 404
    title = Text(vi="Không tìm thấy biên lai", en="There is no such receipt")


async def set_up_series(
    session: AsyncSession, payee_key: str, year: int, *, pattern: str, series: str, agency: str, agency_code: str, tax_code: str
) -> None:
    """A payee's own series for a year (`kind:key`); one that exists is left as it is."""
    row = insert(SeriesRow).values(
        id=new_id(),
        payee_key=payee_key,
        year=year,
        pattern=pattern,
        series=series,
        agency=agency,
        agency_code=agency_code,
        tax_code=tax_code,
        last_number=0,
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=["payee_key", "year"]))


async def issue(session: AsyncSession, intent: IntentRow, payee: PayeeRow) -> Receipt:
    """The receipt of an intent that has just been settled, in the transaction of the settlement: with it the number goes back too."""
    moment = now()
    series = await _next_number(session, f"{payee.kind.value}:{payee.key}", moment.astimezone(HANOI).year)
    row = ReceiptRow(
        id=new_id(),
        series_id=series.id,
        number=series.last_number,
        intent_id=intent.id,
        payer_id=intent.payer_id,
        payer_name=await _payer(session, intent.payer_id),
        payee_name=payee.name,
        description_vi=intent.description_vi,
        description_en=intent.description_en,
        amount=intent.amount,
        amount_in_words=dong_vi(intent.amount),
        issued_at=moment,
        check_code=_check_code(series, intent.amount, moment),
    )
    session.add(row)
    await session.flush()
    return shown_as(row, series)


async def receipt_of(session: AsyncSession, intent_id: UUID) -> Receipt | None:
    found = (await session.execute(_rows().where(ReceiptRow.intent_id == intent_id))).one_or_none()
    return shown_as(found[0], found[1]) if found else None


async def own_receipt(session: AsyncSession, payer_id: UUID, receipt_id: UUID) -> Receipt:
    """One of the person's own, merged accounts' included; another's does not exist for them. Raises ReceiptNotFound."""
    own = ReceiptRow.payer_id.in_(await people.every_self(session, payer_id))
    found = (await session.execute(_rows().where(ReceiptRow.id == receipt_id, own))).one_or_none()
    if found is None:
        raise ReceiptNotFound
    return shown_as(found[0], found[1])


async def series_of(session: AsyncSession, ids: set[UUID]) -> dict[UUID, SeriesRow]:
    return {row.id: row for row in await session.scalars(select(SeriesRow).where(SeriesRow.id.in_(ids)))}


def shown_as(row: ReceiptRow, series: SeriesRow) -> Receipt:
    return Receipt(
        id=row.id,
        intent_id=row.intent_id,
        payer_id=row.payer_id,
        pattern=series.pattern,
        series=series.series,
        number=row.number,
        agency=series.agency,
        agency_code=series.agency_code,
        tax_code=series.tax_code,
        payer_name=row.payer_name,
        payee_name=row.payee_name,
        description=Text(row.description_vi, row.description_en),
        amount=row.amount,
        amount_in_words=Text(row.amount_in_words, dong_en(row.amount)),
        issued_at=row.issued_at,
        check_code=row.check_code,
    )


def _rows() -> Select[ReceiptRow, SeriesRow]:
    return select(ReceiptRow, SeriesRow).join(SeriesRow, SeriesRow.id == ReceiptRow.series_id)


async def _next_number(session: AsyncSession, payee_key: str, year: int) -> SeriesRow:
    chosen = settings()
    await set_up_series(
        session,
        EVERYBODY,
        year,
        pattern=PATTERN,
        series=f"HS-{year % 100:02d}E",
        agency=chosen.receipt_agency,
        agency_code="HANOISMART",
        tax_code=chosen.receipt_tax_code,
    )
    of_payee = await session.scalar(select(SeriesRow.id).where(SeriesRow.payee_key == payee_key, SeriesRow.year == year))
    mine = SeriesRow.id == of_payee if of_payee else (SeriesRow.payee_key == EVERYBODY) & (SeriesRow.year == year)
    counted = update(SeriesRow).where(mine).values(last_number=SeriesRow.last_number + 1).returning(SeriesRow)
    return (await session.scalars(counted, execution_options={"populate_existing": True})).one()


async def _payer(session: AsyncSession, payer_id: UUID | None) -> str:
    if payer_id is None:
        return NAMELESS
    card = (await people.cards(session, [payer_id])).get(payer_id)
    return card.display_name if card else NAMELESS


def _check_code(series: SeriesRow, amount: int, moment: datetime) -> str:
    """Twelve letters only this installation can make for these values."""
    text = f"{series.pattern}|{series.series}|{series.last_number}|{amount}|{moment.isoformat()}"
    _, digest = blind_index(text, purpose="payments.receipt")
    return base64.b32encode(digest).decode()[:12]
