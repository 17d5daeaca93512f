"""Wishes for money, the bank's word for them, and a look at the books, for every test that pays."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from sqlalchemy import func, select

from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.text import Text
from kernel.models import EventRow
from payments.api import Intent, Payee, create_intent, intent
from payments.ledger.models import AccountKind, Entry
from payments.ledger.service import balance
from payments.providers.signing import sign
from payments.settings import settings
from tests.support.people import a_person

PARKING = Payee("operator", "vn.parking", "Bãi xe Hoàn Kiếm", "970403", "0011012345678")
FEE = Text("Đỗ xe 2 giờ", "Parking, 2 hours")
CALLBACK = "/v1/payments/callbacks/vietqr_bank"


async def ask(database: Database, payer: UUID | None, *, amount: int = 20_000, dedupe: str = "", payee: Payee = PARKING) -> Intent:
    async with database.transaction() as session:
        return await create_intent(
            session,
            payer_id=payer,
            payee=payee,
            amount=amount,
            description=FEE,
            reference="session:1",
            expires_at=now() + timedelta(minutes=15),
            dedupe=dedupe or uuid4().hex,
        )


async def someone(database: Database, name: str = "Lan") -> UUID:
    async with database.transaction() as session:
        return await a_person(session, name=name, phone=False)


def callback(found: Intent, **changed: Any) -> bytes:
    return orjson.dumps({"transaction_id": uuid4().hex, "amount": found.amount, "message": f"{found.code} do xe"} | changed)


async def call(client: httpx.AsyncClient, body: bytes, *, secret: str | None = None, moment: datetime | None = None) -> tuple[int, str]:
    headers = sign(secret or settings().bank_secret, moment or now(), body)
    answer = await client.post(CALLBACK, content=body, headers=headers | {"content-type": "application/json"})
    return answer.status_code, answer.json()["code"]


async def state(database: Database, found: Intent) -> str:
    async with database.session() as session:
        return (await intent(session, found.id)).state


async def events(database: Database) -> list[str]:
    async with database.session() as session:
        return list(await session.scalars(select(EventRow.name).where(EventRow.name.like("payments.%")).order_by(EventRow.id)))


async def books(database: Database) -> tuple[int, int, int]:
    """What the bank owes us, what we owe the parking operator, what lies in suspense; the sum of all lines is zero."""
    async with database.session() as session:
        assert await session.scalar(select(func.coalesce(func.sum(Entry.amount), 0))) == 0
        return (
            await balance(session, AccountKind.PROVIDER_CLEARING, "vietqr_bank"),
            await balance(session, AccountKind.OPERATOR_PAYABLE, PARKING.key),
            await balance(session, AccountKind.SUSPENSE, "vietqr_bank"),
        )
