"""The hub and the sandbox bank over real sockets: the bank reads our codes with its own eyes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.demo.fakes.bank import Bank
from app.demo.fakes.serving import serving
from hanoismart import clock
from hanoismart.clock import now
from hanoismart.server.database import Database
from kernel.settings import UnsafeSettings
from payments.api import Intent
from payments.intents import service as intents
from payments.providers import registry
from payments.providers.ports import ProviderUnavailable
from payments.routers import ROUTERS
from payments.settings import PaymentSettings, settings
from tests.support.payments import CALLBACK, ask, state
from tests.support.services import service
from tests.support.work import run_jobs


@dataclass(frozen=True, slots=True)
class Town:
    bank: Bank
    bank_url: str
    database: Database

    async def pay(self, found: Intent, **how: Any) -> int:
        async with httpx.AsyncClient() as customer:
            answer = await customer.post(f"{self.bank_url}/pay", json={"qr": found.qr_text, **how})
        await self.bank.settled()
        return answer.status_code


@pytest_asyncio.fixture
async def town(committed_db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The hub and the sandbox bank, each behind its own socket."""
    async with serving(service(ROUTERS, committed_db)) as hub:
        bank = Bank(settings().bank_secret, hub + CALLBACK)
        async with serving(bank.app()) as bank_url:
            chosen = PaymentSettings(bank_endpoint=bank_url)
            monkeypatch.setattr(registry, "settings", lambda: chosen)
            yield Town(bank, bank_url, committed_db)


async def test_the_bank_reads_our_code_and_settles_it_although_it_repeats_itself(town: Town) -> None:
    found = await ask(town.database, None)
    assert await town.pay(found, copies=3, delay=0.05) == 202
    assert sorted(status for status, _ in town.bank.answers) == [200, 200, 200]
    assert sorted(answer["code"] for _, answer in town.bank.answers) == ["00", "02", "02"]
    assert await state(town.database, found) == "settled"


async def test_a_customer_who_changes_the_amount_or_the_code_does_not_settle(town: Town) -> None:
    found = await ask(town.database, None)
    await town.pay(found, amount=1_000, copies=1)
    await town.pay(found, message="cam on", copies=1)
    assert [answer["code"] for _, answer in town.bank.answers] == ["04", "01"]
    assert await state(town.database, found) == "created"
    assert await town.pay(replace(found, qr_text=found.qr_text.replace("20000", "10000"))) == 422


async def test_a_callback_that_never_came_is_asked_for_before_the_wish_expires(town: Town) -> None:
    paid, unpaid = await ask(town.database, None), await ask(town.database, None)
    town.bank.silent = True
    await town.pay(paid)
    with clock.use(clock.FixedClock(now() + timedelta(minutes=16))):
        await run_jobs(town.database, intents.EXPIRE)
    assert await state(town.database, paid) == "settled"
    assert await state(town.database, unpaid) == "expired"


async def test_a_bank_that_cannot_be_asked_leaves_the_wish_open(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await ask(db, None)
    monkeypatch.setattr(registry, "settings", lambda: PaymentSettings(bank_endpoint="http://127.0.0.1:9"))
    with clock.use(clock.FixedClock(now() + timedelta(minutes=16))), pytest.raises(ProviderUnavailable):
        await run_jobs(db, intents.EXPIRE)
    assert await state(db, found) == "created"


def test_production_needs_its_own_secret_and_https() -> None:
    with pytest.raises(UnsafeSettings):
        PaymentSettings(environment="production")
    with pytest.raises(UnsafeSettings):
        PaymentSettings(environment="production", bank_secret="x" * 32, bank_endpoint="http://bank.example")
