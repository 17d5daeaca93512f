"""Ways to sign in: adding, naming and taking away, and that the last strong one stays whoever asks and however many ask at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
import pytest_asyncio
from sqlalchemy import func, select

import identity.jobs
from app.demo.devices.passkey import SoftwarePasskey
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.server.database import Database
from hanoismart.server.errors import NotFound
from identity.credentials.models import Passkey
from identity.events import FactorChanged
from identity.factors import passwords, service, totp
from identity.factors.models import Password, Totp
from identity.factors.passwords import PasswordRefused, Passwords
from identity.factors.routes import router
from identity.factors.service import LastFactor
from identity.notices.models import OutgoingNotice
from identity.retention import service as retention
from identity.sessions import service as sessions
from kernel.models import EventRow
from kernel.pool import Pool, PoolFull
from tests.support.apps import Served, served
from tests.support.people import a_person, a_sign_in

assert identity.jobs
BASE = "http://localhost:8000"
GOOD = "chiếc thuyền ngoài xa 1987"


@pytest.fixture(scope="module")
def pool() -> Passwords:
    return Passwords(Pool("password", workers=1, waiting=4))


@pytest_asyncio.fixture
async def lan(db: Database) -> UUID:
    async with db.transaction() as session:
        return await a_person(session)


@pytest_asyncio.fixture
async def hub(db: Database, lan: UUID, pool: Passwords) -> AsyncIterator[Served]:
    async with served(db, [router], parts={"passwords": pool}) as hub:
        await fresh(hub, db, lan)
        yield hub


async def fresh(hub: Served, db: Database, person: UUID) -> UUID:
    async with db.transaction() as session:
        session_id = await a_sign_in(session, person)
    hub.caller.person(person, session_id=session_id)
    return session_id


async def add(hub: Served, label: str = "Điện thoại") -> str:
    ask = (await hub.client.post("/v1/me/passkey-options")).json()
    body = {"challenge_id": ask["challenge_id"], "credential": SoftwarePasskey(BASE).create(ask["options"]), "label": label}
    answer = await hub.client.post("/v1/me/passkeys", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def add_totp(hub: Served) -> pyotp.TOTP:
    offered = (await hub.client.post("/v1/me/totp")).json()
    app = pyotp.TOTP(offered["secret"])
    answer = await hub.client.post("/v1/me/totp/confirm", json={"id": offered["id"], "code": app.at(int(now().timestamp()))})
    assert answer.status_code == 204, answer.text
    return app


async def test_passkeys_are_added_listed_named_and_taken_away(hub: Served, db: Database, lan: UUID) -> None:
    first, second = await add(hub), await add(hub, "Máy tính")
    listed = (await hub.client.get("/v1/me/passkeys")).json()["items"]
    assert [each["label"] for each in listed] == ["Máy tính", "Điện thoại"]
    assert (await hub.client.patch(f"/v1/me/passkeys/{first}", json={"label": "Máy cũ"})).json()["label"] == "Máy cũ"
    assert (await hub.client.delete(f"/v1/me/passkeys/{first}")).status_code == 204
    assert (await hub.client.delete(f"/v1/me/passkeys/{first}")).status_code == 404
    last = await hub.client.delete(f"/v1/me/passkeys/{second}")
    assert (last.status_code, last.json()["code"]) == (409, "factors.last_factor")
    assert (await hub.client.get("/v1/me/factors")).json() == {"passkeys": 1, "totp": False, "password": False}
    async with db.session() as session:
        told = [each["kind"] for each in await session.scalars(select(EventRow.payload).where(EventRow.name == FactorChanged.name))]
        assert told == ["passkey"] * 3
        assert await session.scalar(select(func.count()).select_from(OutgoingNotice)) == 3


async def test_taking_a_factor_away_ends_the_other_sessions(hub: Served, db: Database, lan: UUID) -> None:
    async with db.transaction() as session:
        elsewhere = await a_sign_in(session, lan)
    await add(hub)
    gone = await add(hub)
    await hub.client.delete(f"/v1/me/passkeys/{gone}")
    async with db.session() as session:
        assert not await sessions.alive(session, elsewhere)
        kept = hub.caller.caller
        assert kept is not None
        assert kept.session_id is not None
        assert await sessions.alive(session, kept.session_id)


async def test_another_persons_passkey_is_not_there(hub: Served, db: Database) -> None:
    passkey = await add(hub)
    async with db.transaction() as session:
        minh = await a_person(session, name="Minh")
    await fresh(hub, db, minh)
    assert (await hub.client.patch(f"/v1/me/passkeys/{passkey}", json={"label": "x"})).status_code == 404
    assert (await hub.client.delete(f"/v1/me/passkeys/{passkey}")).status_code == 404
    assert (await hub.client.get("/v1/me/passkeys")).json()["items"] == []


async def test_a_ceremony_belongs_to_the_session_that_began_it(hub: Served, db: Database, lan: UUID) -> None:
    ask = (await hub.client.post("/v1/me/passkey-options")).json()
    await fresh(hub, db, lan)
    body = {"challenge_id": ask["challenge_id"], "credential": SoftwarePasskey(BASE).create(ask["options"])}
    assert (await hub.client.post("/v1/me/passkeys", json=body)).json()["code"] == "credentials.passkey_refused"


async def test_two_removals_at_once_leave_one_strong_factor(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan = await a_person(session)
        rows = [
            Passkey(person_id=lan, credential_id=bytes([n]) * 32, public_key=b"k", sign_count=0, aaguid="0" * 36, synced=False, label="x")
            for n in range(2)
        ]
        session.add_all(rows)

    async def remove(passkey_id: UUID) -> bool:
        async with committed_db.transaction() as session:
            await service.remove_passkey(session, lan, passkey_id, keep=None)
            return True

    results = await asyncio.gather(*(remove(row.id) for row in rows), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["LastFactor", "bool"]


async def test_totp_counts_after_its_first_code_and_every_step_once(hub: Served, db: Database, lan: UUID) -> None:
    with clock.use(FixedClock(now())) as time:
        app = await add_totp(hub)
        async with db.transaction() as session:
            assert not await totp.verify(session, lan, app.at(int(now().timestamp())))  # the step of the confirmation is spent
            time.advance(timedelta(seconds=30))
            code = app.at(int(now().timestamp()))
            assert await totp.verify(session, lan, code)
            assert not await totp.verify(session, lan, code)
            time.advance(timedelta(seconds=60))
            assert await totp.verify(session, lan, app.at(int(now().timestamp()) - 30))  # a clock one step behind
            time.advance(timedelta(seconds=90))
            assert not await totp.verify(session, lan, app.at(int(now().timestamp()) - 60))
            assert not await totp.verify(session, lan, "000000" if app.at(int(now().timestamp())) != "000000" else "000001")
            assert await totp.has(session, lan)
            assert app.secret.encode() not in bytes((await session.scalars(select(Totp.secret))).one())


async def test_a_wrong_code_or_a_late_one_takes_up_no_offer(hub: Served, db: Database) -> None:
    offered = (await hub.client.post("/v1/me/totp")).json()
    app = pyotp.TOTP(offered["secret"])
    wrong = f"{(int(app.at(int(now().timestamp()))) + 1) % 10**6:06d}"
    assert (await hub.client.post("/v1/me/totp/confirm", json={"id": offered["id"], "code": wrong})).status_code == 422
    with clock.use(FixedClock(now() + timedelta(minutes=11))):
        caller = hub.caller.caller
        assert caller is not None
        await fresh(hub, db, caller.person)
        late = await hub.client.post("/v1/me/totp/confirm", json={"id": offered["id"], "code": app.at(int(now().timestamp()))})
        assert late.json()["code"] == "factors.totp_refused"
        await retention.enforce(db)
        async with db.session() as session:
            assert await session.scalar(select(func.count()).select_from(Totp)) == 0


async def test_many_at_once_use_a_step_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan = await a_person(session)
        offered = await totp.offer(session, lan)
        app = pyotp.TOTP(offered.secret)
        await totp.confirm(session, lan, offered.id, app.at(int(now().timestamp()) - 30))
    code = app.at(int(now().timestamp()))

    async def use() -> bool:
        async with committed_db.transaction() as session:
            return await totp.verify(session, lan, code)

    assert sorted(await asyncio.gather(*(use() for _ in range(8)))) == [False] * 7 + [True]


async def test_a_password_is_hashed_with_owasps_parameters_and_fits_only_itself(
    hub: Served, db: Database, lan: UUID, pool: Passwords
) -> None:
    assert (await hub.client.put("/v1/me/password", json={"password": GOOD})).status_code == 204
    async with db.session() as session:
        kept = await passwords.held(session, lan)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await pool.fits(kept, GOOD)
    assert not await pool.fits(kept, GOOD + "x")
    assert not await pool.fits(None, GOOD)
    assert (await hub.client.delete("/v1/me/password")).status_code == 204
    assert (await hub.client.delete("/v1/me/password")).status_code == 404


@pytest.mark.parametrize("bad", ["con mèo", "aaaaaaaaaaaa", "123412341234", "Mat Khau 123456", "passwordpassword", "x" * 129])
async def test_short_common_and_repeating_passwords_are_refused(hub: Served, db: Database, bad: str) -> None:
    answer = await hub.client.put("/v1/me/password", json={"password": bad})
    assert (answer.status_code, answer.json()["code"]) == (422, "factors.password_refused")
    assert bad not in answer.text
    async with db.session() as session:
        assert await session.scalar(select(func.count()).select_from(Password)) == 0


def test_one_password_however_a_keyboard_writes_it() -> None:
    passwords.check("mật khẩu rất dài")
    assert passwords.spelled("m\u00e2\u0323t") == passwords.spelled("mật")
    with pytest.raises(PasswordRefused):
        passwords.check("password 123456")


async def test_password_and_authenticator_are_the_last_strong_way_where_there_is_no_passkey(
    hub: Served, db: Database, lan: UUID, pool: Passwords
) -> None:
    await add_totp(hub)
    await hub.client.put("/v1/me/password", json={"password": GOOD})
    for path in ("/v1/me/totp", "/v1/me/password"):
        assert (await hub.client.delete(path)).json()["code"] == "factors.last_factor"
    passkey = await add(hub)
    assert (await hub.client.delete(f"/v1/me/passkeys/{passkey}")).status_code == 204  # the two factors remain
    async with db.session() as session:
        with pytest.raises(LastFactor):
            await service.remove_totp(session, lan, keep=None)
        with pytest.raises(NotFound):
            await service.rename_passkey(session, lan, UUID(passkey), "x")


async def test_a_full_pool_answers_503_at_once() -> None:
    small = Passwords(Pool("small", workers=1, waiting=1))
    asked = await asyncio.gather(*(small.fits(None, GOOD) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(each, PoolFull) for each in asked) == 4
    assert PoolFull.status == 503
