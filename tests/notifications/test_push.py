"""Deliveries: late, checked again, judged by the provider's answer, written down."""

import base64
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import ValidationError
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.demo.fakes.fcm import Fcm
from app.demo.fakes.serving import serving
from hanoismart import clock
from hanoismart.server.database import Database
from hanoismart.server.jobs import RetryLater, Run
from hanoismart.text import Text
from kernel.jobs import jobs
from kernel.settings import UnsafeSettings
from notifications.addresses import service as addresses
from notifications.addresses.models import AddressKind, PushAddress
from notifications.addresses.schemas import PushAddressIn
from notifications.api import Category, Channel, Template, notify, register
from notifications.channels import hosts
from notifications.channels.compose import close_senders, open_senders
from notifications.channels.hosts import EndpointRefused, check_endpoint
from notifications.channels.jobs import CONFIGURATION_PAUSE, MAX_ATTEMPTS
from notifications.channels.ports import Senders
from notifications.inbox import service as inbox
from notifications.planner.models import Delivery
from notifications.routers import ROUTERS
from notifications.settings import NotificationSettings
from tests.support.services import acting, client_of, service
from tests.support.work import run_jobs, waiting

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
BUS = register(Template("tests.bus", Category.TRANSPORT, Text("Xe {line} sắp đến", "Bus {line} is near"), Text("", "")))
SECRET = register(
    Template("tests.secret", Category.OFFICIAL, Text("Kết quả {what}", "Result of {what}"), Text("Chi tiết", "Details"), sensitive=True)
)
DELIVER = "notifications.deliver"


@pytest.fixture
def time() -> Iterator[clock.FixedClock]:
    with clock.use(clock.FixedClock(NOON)) as fixed:
        yield fixed


@pytest.fixture
def fcm() -> Fcm:
    return Fcm()


@pytest_asyncio.fixture
async def push(fcm: Fcm) -> AsyncIterator[Senders]:
    async with serving(fcm.app()) as endpoint:
        senders = open_senders(NotificationSettings(fcm_project="demo", fcm_endpoint=endpoint))
        yield senders
        await close_senders(senders)


async def device(database: Database, person: UUID, value: str = "installation-1", locale: str = "vi") -> UUID:
    async with database.transaction() as session:
        return (await addresses.keep(session, person, AddressKind.FCM_FID, value, device="phone", locale=locale)).id


async def tell(database: Database, person: UUID, template: Template = BUS, dedupe: str = "1") -> UUID:
    async with database.transaction() as session:
        told = await notify(session, person, template.key, {"line": "09", "what": "KQ"}, dedupe=dedupe, link="hanoismart://bus/09")
    assert told is not None
    return told


async def fates(database: Database) -> list[tuple[str, str | None]]:
    async with database.session() as session:
        return [(row.state.value, row.reason) for row in await session.scalars(select(Delivery).order_by(Delivery.id))]


async def test_a_message_reaches_every_device_in_its_own_language(db: Database, fcm: Fcm, push: Senders) -> None:
    lan = uuid4()
    await device(db, lan, "installation-1")
    await device(db, lan, "installation-2", locale="en")
    told = await tell(db, lan)
    assert await run_jobs(db, DELIVER, push=push) == 2
    assert {message["fid"]: message["notification"]["title"] for message in fcm.received} == {
        "installation-1": "Xe 09 sắp đến",
        "installation-2": "Bus 09 is near",
    }
    assert fcm.received[0]["data"] == {"id": str(told), "seq": "1", "link": "hanoismart://bus/09"}
    assert fcm.received[0]["android"]["collapse_key"] == told.hex
    assert await fates(db) == [("accepted", None)] * 2
    assert await run_jobs(db, DELIVER, push=push) == 0


async def test_a_job_that_runs_twice_sends_once(db: Database, fcm: Fcm, push: Senders) -> None:
    lan = uuid4()
    await device(db, lan)
    await tell(db, lan)
    [(name, payload)] = await waiting(db, DELIVER)
    await run_jobs(db, DELIVER, push=push)
    await jobs.registry[name].handler(Run(payload, 1, db, {"push": push}))
    assert len(fcm.received) == 1


async def test_a_sensitive_message_only_points(db: Database, fcm: Fcm, push: Senders) -> None:
    lan = uuid4()
    await device(db, lan)
    await tell(db, lan, SECRET)
    await run_jobs(db, DELIVER, push=push)
    assert fcm.received[0]["notification"] == {"title": "Bạn có thông báo mới trên HanoiSmart"}


@pytest.mark.parametrize(
    ("failure", "fate", "kept"),
    [
        ("unregistered", ("failed", "address_dead"), False),
        ("sender_mismatch", ("failed", "address_dead"), False),
        ("malformed_address", ("failed", "address_dead"), False),
        ("bad_message", ("failed", "rejected"), True),
    ],
)
async def test_a_final_answer_ends_the_delivery(
    db: Database, fcm: Fcm, push: Senders, failure: str, fate: tuple[str, str], kept: bool
) -> None:
    lan = uuid4()
    await device(db, lan)
    fcm.failures["installation-1"] = failure
    await tell(db, lan)
    await run_jobs(db, DELIVER, push=push)
    assert await fates(db) == [fate]
    async with db.session() as session:
        assert (await session.scalar(select(PushAddress.id)) is not None) is kept


@pytest.mark.parametrize(
    ("failure", "delay"), [("quota", timedelta(seconds=7)), ("unavailable", timedelta(seconds=1)), ("credentials", CONFIGURATION_PAUSE)]
)
async def test_a_passing_trouble_is_tried_again_without_the_librarys_own_retries(
    db: Database, fcm: Fcm, push: Senders, failure: str, delay: timedelta
) -> None:
    lan = uuid4()
    await device(db, lan)
    fcm.failures["installation-1"] = failure
    await tell(db, lan)
    with pytest.raises(RetryLater) as later:
        await run_jobs(db, DELIVER, push=push)
    assert later.value.delay == delay
    assert fcm.calls == 1
    assert await fates(db) == [("pending", None)]


async def test_the_last_attempt_gives_up_and_the_address_stays(db: Database, fcm: Fcm, push: Senders) -> None:
    lan = uuid4()
    await device(db, lan)
    fcm.failures["installation-1"] = "unavailable"
    await tell(db, lan)
    await run_jobs(db, DELIVER, attempt=MAX_ATTEMPTS - 1, push=push)
    assert await fates(db) == [("failed", "exhausted")]


async def test_what_changed_since_is_heeded_when_it_is_sent(db: Database, fcm: Fcm, push: Senders, time: clock.FixedClock) -> None:
    """Muted, read, too old, moved to another person: none of them goes out, and each says why."""
    lan, minh, anna, hoa = uuid4(), uuid4(), uuid4(), uuid4()
    await device(db, hoa, "installation-hoa")
    await tell(db, hoa)
    time.advance(timedelta(minutes=61))
    await tell(db, hoa, dedupe="2")
    told = {}
    for person in (lan, minh, anna):
        await device(db, person, f"installation-{person}")
        told[person] = await tell(db, person)
    muted = {"items": [{"category": "transport", "channel": "app_push", "enabled": False}]}
    client = client_of(service(ROUTERS, db))
    assert (await client.put("/v1/me/notification-preferences", json=muted, headers=acting(lan))).status_code == 200
    async with db.transaction() as session:
        await inbox.read(session, minh, told[minh])
    await device(db, lan, f"installation-{anna}")
    assert len(await waiting(db, DELIVER)) == 5
    await run_jobs(db, DELIVER, push=push)
    assert await fates(db) == [
        ("suppressed", "expired"),
        ("accepted", None),
        ("suppressed", "preference"),
        ("suppressed", "read"),
        ("suppressed", "no_address"),
    ]
    assert [message["data"]["seq"] for message in fcm.received] == ["2"]


async def test_a_muted_category_plans_no_job_and_the_inbox_has_the_message(db: Database) -> None:
    lan = uuid4()
    await device(db, lan)
    client = client_of(service(ROUTERS, db))
    muted = {"items": [{"category": "transport", "channel": "app_push", "enabled": False}]}
    answer = (await client.put("/v1/me/notification-preferences", json=muted, headers=acting(lan, locale="en"))).json()
    row = next(item for item in answer["items"] if item["category"] == "transport")
    assert row == {
        "category": "transport",
        "name": "Transport and parking",
        "mandatory": False,
        "channels": {"app_push": False, "web_push": True},
    }
    await tell(db, lan)
    assert await waiting(db, DELIVER) == []
    assert await fates(db) == [("suppressed", "preference")]
    assert (await client.get("/v1/me/inbox/unread", headers=acting(lan))).json() == {"unread": 1}


async def test_a_mandatory_category_cannot_be_muted(db: Database) -> None:
    client = client_of(service(ROUTERS, db))
    muted = {"items": [{"category": "emergency", "channel": "app_push", "enabled": False}]}
    answer = await client.put("/v1/me/notification-preferences", json=muted, headers=acting(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (422, "notifications.category_mandatory")


async def test_a_channel_without_credentials_is_off(db: Database) -> None:
    lan = uuid4()
    await device(db, lan)
    await tell(db, lan)
    await run_jobs(db, DELIVER, push={})
    assert await fates(db) == [("suppressed", "not_configured")]


async def test_a_device_belongs_to_one_person_and_ten_are_kept(db: Database, time: clock.FixedClock) -> None:
    lan, minh = uuid4(), uuid4()
    for number in range(11):
        await device(db, lan, f"installation-{number}")
        time.advance(timedelta(minutes=1))
    await device(db, minh, "installation-10")
    async with db.session() as session:
        rows = (await session.scalars(select(PushAddress))).all()
    owners = {addresses.opened(row): row.person_id for row in rows}
    assert owners == {f"installation-{number}": lan for number in range(1, 10)} | {"installation-10": minh}
    assert all(b"installation" not in row.value for row in rows)


async def test_devices_are_kept_listed_and_forgotten_by_their_person(db: Database) -> None:
    client, lan = client_of(service(ROUTERS, db)), uuid4()
    wanted = {"kind": "fcm_fid", "value": "installation-1", "device": "Pixel của Lan"}
    kept = (await client.put("/v1/me/push-addresses", json=wanted, headers=acting(lan))).json()
    assert kept == {"id": kept["id"], "kind": "fcm_fid", "device": "Pixel của Lan", "locale": "vi"}
    assert (await client.put("/v1/me/push-addresses", json=wanted, headers=acting(lan))).json()["id"] == kept["id"]
    assert (await client.get("/v1/me/push-addresses", headers=acting(lan))).json() == {"items": [kept]}
    assert (await client.delete(f"/v1/me/push-addresses/{kept['id']}", headers=acting(uuid4()))).status_code == 404
    assert (await client.delete(f"/v1/me/push-addresses/{kept['id']}", headers=acting(lan))).status_code == 204
    assert (await client.get("/v1/me/push-addresses", headers=acting(lan))).json() == {"items": []}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://push.apple.com.evil.example/",
        "https://[::1]/x",
        "https://fcm.googleapis.com\\@evil.example/",
    ],
)
def test_a_subscription_may_point_to_push_services_only(endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        check_endpoint(endpoint)


def test_the_push_services_browsers_use_are_allowed() -> None:
    for host in ("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "wns2-par02p.notify.windows.com"):
        check_endpoint(f"https://{host}/wpush/v2/abc")


def test_an_address_is_of_one_kind() -> None:
    with pytest.raises(ValidationError):
        PushAddressIn.model_validate({"kind": "webpush", "value": "installation-1"})
    with pytest.raises(ValidationError):
        PushAddressIn.model_validate({"kind": "fcm_fid"})


def test_production_refuses_stand_ins() -> None:
    with pytest.raises(UnsafeSettings):
        NotificationSettings(environment="production", fcm_endpoint="http://127.0.0.1:1")


class Browser:
    """A browser's subscription and the push service it named, which answers as told."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.status = 201
        self.at_first: list[int] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            self.requests.append((dict(request.headers), await request.body()))
            status = self.at_first.pop(0) if self.at_first else self.status
            return Response(status_code=status, headers={"location": "http://127.0.0.1/elsewhere"})

        return Starlette(routes=[Route("/push/{id}", take, methods=["POST"])])

    def subscription(self, endpoint: str) -> dict[str, object]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _url64(point), "auth": _url64(os.urandom(16))}
        return {"endpoint": f"{endpoint}/push/1", "keys": keys}


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest_asyncio.fixture
async def web(db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Browser, Senders, UUID]]:
    browser, lan = Browser(), uuid4()
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with serving(browser.app()) as endpoint:
        chosen = NotificationSettings(vapid_private_key=pem, web_push_insecure_hosts=endpoint.removeprefix("http://"))
        monkeypatch.setattr(hosts, "settings", lambda: chosen)
        senders = open_senders(chosen)
        client = client_of(service(ROUTERS, db, push=senders))
        wanted = {"kind": "webpush", "subscription": browser.subscription(endpoint)}
        assert (await client.put("/v1/me/push-addresses", json=wanted, headers=acting(lan))).status_code == 200
        key = (await client.get("/v1/me/push-addresses/web-push-key", headers=acting(lan))).json()
        assert len(base64.urlsafe_b64decode(key["public_key"] + "=")) == 65
        yield browser, senders, lan
        await close_senders(senders)


async def test_a_browser_gets_an_encrypted_message_with_vapid(db: Database, web: tuple[Browser, Senders, UUID]) -> None:
    browser, senders, lan = web
    told = await tell(db, lan)
    await run_jobs(db, DELIVER, push=senders)
    [(headers, body)] = browser.requests
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["ttl"] == "3600"
    assert headers["topic"] == told.hex
    assert headers["authorization"].startswith("vapid t=")
    claims = orjson.loads(base64.urlsafe_b64decode(headers["authorization"].split(".")[1] + "=="))
    assert claims["aud"].startswith("http://127.0.0.1")
    assert b"Xe 09" not in body
    assert await fates(db) == [("accepted", None)]


@pytest.mark.parametrize(
    ("status", "fate"), [(410, ("failed", "address_dead")), (404, ("failed", "address_dead")), (302, ("failed", "address_dead"))]
)
async def test_a_dead_subscription_is_forgotten_and_redirects_are_not_followed(
    db: Database, web: tuple[Browser, Senders, UUID], status: int, fate: tuple[str, str]
) -> None:
    browser, senders, lan = web
    browser.status = status
    await tell(db, lan)
    await run_jobs(db, DELIVER, push=senders)
    assert await fates(db) == [fate]
    assert len(browser.requests) == 1
    async with db.session() as session:
        assert await session.scalar(select(PushAddress.id)) is None


async def test_a_message_that_is_too_large_shrinks_to_the_pointer_once(db: Database, web: tuple[Browser, Senders, UUID]) -> None:
    browser, senders, lan = web
    browser.at_first = [413]
    await tell(db, lan)
    await run_jobs(db, DELIVER, push=senders)
    long, short = (len(body) for _, body in browser.requests)
    assert short < long
    assert await fates(db) == [("accepted", None)]


async def test_refused_vapid_keys_keep_the_subscription(db: Database, web: tuple[Browser, Senders, UUID]) -> None:
    browser, senders, lan = web
    browser.status = 403
    await tell(db, lan)
    with pytest.raises(RetryLater) as later:
        await run_jobs(db, DELIVER, push=senders)
    assert later.value.delay == CONFIGURATION_PAUSE
    assert await fates(db) == [("pending", None)]


def test_the_channels_of_a_person_follow_the_kinds_of_their_addresses() -> None:
    assert {kind: addresses.channel_of(kind) for kind in AddressKind} == {
        AddressKind.FCM_FID: Channel.APP_PUSH,
        AddressKind.FCM_TOKEN: Channel.APP_PUSH,
        AddressKind.WEBPUSH: Channel.WEB_PUSH,
    }
