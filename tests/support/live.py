"""The house as operators run it: a web process and a worker process on their own database, logs in a file, phones that call them."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.demo.clients import register_clients
from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.fakes.serving import serving
from app.demo.fakes.sms import SmsGateway
from hanoismart.server.database import Database
from identity.api import moderation
from identity.api.access import Role, grant_role
from identity.api.specimens import SpecimenDocument, make
from identity.places import service as places
from identity.proofing import enrolments
from identity.proofing.specimen.files import authority, reading
from tests.support.people import a_person

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS = 120
SMS_KEY = "sms-key-of-the-tests"


class DidNotHappen(AssertionError):
    """What a test waited for did not come in time."""


@dataclass
class Live:
    """A running house: `base` is its address, `log` what both processes wrote, `sms` the gateway its messages leave by."""

    base: str
    database: Database
    log: Path
    http: httpx.AsyncClient
    sms: SmsGateway
    specimens: Path
    web: int

    async def phone(self, *, name: str = "Lan", roles: tuple[Role, ...] = (), **person: Any) -> Phone:
        """A signed-in person's phone, enrolled and signed in over the socket."""
        async with self.database.transaction() as session:
            person_id = await a_person(session, name=name, **person)
            for role in roles:
                await grant_role(session, person_id, role, granted_by=None)
            secret = await enrolments.issue(session, person_id)
        return await self.enrolled(secret)

    async def enrolled(self, secret: str) -> Phone:
        """A phone that registers its passkey with an enrolment secret, and signs in."""
        phone = Phone(self.http, SoftwarePasskey(self.base))
        await phone.enrol(secret)
        await phone.sign_in()
        return phone

    async def proved(self, document: SpecimenDocument) -> tuple[str, str]:
        """The chip of a document is read and handed in: the session's secret, and the one for enrolment."""
        started = (await self.http.post("/v1/proofing/sessions")).raise_for_status().json()
        chip = make(authority(self.specimens, document.issuer), document)
        path = f"/v1/proofing/sessions/{started['id']}/chip"
        answer = await self.http.post(path, json=reading(chip, started["challenge"]), headers={"Proofing-Secret": started["secret"]})
        return started["secret"], answer.raise_for_status().json()["enrolment"]

    async def message_to(self, number: str, *, seconds: float = 60) -> str:
        """The newest text message to a number, as soon as there is one."""

        async def came() -> str:
            return next((message["text"] for message in reversed(self.sms.messages) if message["to"] == number), "")

        return str(await until(came, seconds=seconds, what=f"a message to {number}"))

    async def person_of(self, phone: Phone) -> UUID:
        return UUID((await phone.call("GET", "/v1/me")).json()["id"])

    def wrote(self) -> str:
        return self.log.read_text(errors="replace")


async def until(happened: Callable[[], Awaitable[Any]], *, seconds: float = 60, what: str = "") -> Any:
    """What `happened` answers as soon as it is true. Raises DidNotHappen."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                found = await happened()
                if found:
                    return found
                await asyncio.sleep(0.1)
    raise DidNotHappen(what or happened.__name__)


@asynccontextmanager
async def process(environment: dict[str, str], log: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command of ours in a process and a session of its own, ended in order when the block ends."""
    with log.open("ab") as out:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *command, cwd=REPOSITORY, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
            try:
                await asyncio.wait_for(started.wait(), 15)
            except TimeoutError:
                started.kill()
                await started.wait()


def free_port() -> int:
    """One the system gives nobody else for a while."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def living(database_url: str, redis_url: str, folder: Path, **settings: str) -> AsyncIterator[Live]:
    """Web and worker on a migrated database; `settings` are more of them, by name without the prefix."""
    port = free_port()
    base = f"http://localhost:{port}"
    chosen = {"environment": "test", "database_url": database_url, "redis_url": redis_url, "public_url": base, "log_format": "json"}
    chosen |= {"specimen_folder": str(folder / "specimens"), "holder_matching": "development", "sms_gateway_token": SMS_KEY}
    # All tests of a run come from one address.
    chosen |= dict.fromkeys(("recoveries_per_address", "codes_per_address", "proofings_per_address"), "100000")
    authority(folder / "specimens", "VNM")
    sms, log = SmsGateway(SMS_KEY), folder / "log.jsonl"
    async with AsyncExitStack() as stack:
        chosen["sms_gateway_url"] = await stack.enter_async_context(serving(sms.app())) + "/messages"
        environment = os.environ | {f"HANOISMART_{name.upper()}": value for name, value in (chosen | settings).items()}
        database = Database(database_url, pool_size=3, reads_size=1, application_name="test")
        stack.push_async_callback(database.dispose)
        async with database.transaction() as session:
            await register_clients(session)
            await places.seed(session)
            await moderation.seed(session)
        web = await stack.enter_async_context(process(environment, log, "web", "--host", "127.0.0.1", "--port", str(port)))
        await stack.enter_async_context(process(environment, log, "worker"))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, timeout=60))
        live = Live(base, database, log, http, sms, folder / "specimens", web.pid)

        async def ready() -> bool:
            assert web.returncode is None, live.wrote()[-2000:]
            with contextlib.suppress(httpx.HTTPError):
                return (await http.get("/ready")).is_success
            return False

        await until(ready, seconds=READY_SECONDS, what="the web process is ready")
        yield live
