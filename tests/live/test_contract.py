"""What the house answers is what its OpenAPI document says: asked by schemathesis as nobody, a resident, staff and a backend."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from app.demo.clients import register_clients
from app.demo.devices.proofs import DpopKey
from identity.api.access import Role
from plugins.rollout import service as rollout
from plugins.rollout.models import Kill
from tests.live.signing import PERSON
from tests.support.live import REPOSITORY, Live
from tests.support.miniapps import installed, manifest
from tests.support.partners import Partner

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "allow_header_conformance",
    "unsupported_method",
)
STAFF = tuple(Role)
# The live stream never ends by itself; tests/notifications and the faults read it.
ENDLESS = "/v1/me/stream"


@dataclass(frozen=True, slots=True)
class Somebody:
    """What a caller's requests are signed with."""

    token: str
    dpop: DpopKey


async def ask(live: Live, caller: Somebody | None, folder: Path, *more: str) -> tuple[int, str]:
    """The verdict of schemathesis on the whole document, and what it said."""
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.live.signing", "PYTHONWARNINGS": "default", "PYTHONPATH": str(REPOSITORY)}
    if caller is not None:
        told = {"token": caller.token, "key": caller.dpop.key.as_dict(private=True)}
        environment[PERSON] = orjson.dumps(told).decode()
    options = [
        "--max-examples=6",
        "--generation-deterministic",
        "--seed=1",
        "--no-shrink",
        "--no-color",
        "--generation-with-security-parameters=false",
    ]
    # One worker: CPython 3.11 counts the depth of ast.parse per interpreter, and two threads that generate at once trip over it.
    options += ["--suppress-health-check=all", "--warnings=off", "--continue-on-failure", "--workers=1"]
    command = [f"--checks={','.join(CHECKS)}", f"--exclude-path={ENDLESS}", *options, *more]
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{live.base}/openapi.json", *command),
        cwd=folder,  # what it keeps to replay a request holds tokens
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    return asking.returncode or 0, said.decode(errors="replace")


# Whoever is asked knows the ids it answers with: this shuts out the very app the questions come through, and is asked by itself.
SHUTS_OUT = "/v1/staff/clients/{client_id}/state"
BACKEND = "vn.hanoi.parking"
SCOPES = ["openid", "backend.notify", "backend.pay", "backend.read", "privacy.requests"]

# Everything as a resident; as nobody what anyone may call, as staff what only staff may: the rest answers them as its audience documents.
ASKED = {
    "nobody": ("--phases=coverage", "--include-by=/x-audience == anyone"),
    "resident": ("--phases=coverage,fuzzing",),
    "staff": ("--phases=coverage", "--include-by=/x-audience == staff", f"--exclude-path={SHUTS_OUT}"),
    "backend": ("--phases=coverage,fuzzing", "--include-by=/x-audience == client"),
}
WELCOME = {"nobody": "/v1/places/units", "resident": "/v1/me", "staff": "/v1/moderation/cases", "backend": "/v1/partner/privacy-requests"}


@pytest.fixture
async def app_again(live: Live) -> AsyncIterator[None]:
    """Whatever staff did to the registration of the app, and whatever they stopped, is undone for those who come after."""
    yield
    async with live.database.transaction() as session:
        await register_clients(session)
        for stopped in (await session.scalars(select(Kill.id).where(Kill.lifted_at.is_(None)))).all():
            await rollout.lift(session, stopped, actor="staff:test")


async def somebody(live: Live, who: str) -> Somebody | None:
    """The token and key of a resident, of an officer who holds every role there is, or of a backend with every scope of one."""
    if who == "nobody":
        return None
    if who != "backend":
        phone = await live.phone(name="Lan", roles=tuple(Role) if who == "staff" else ())
        return Somebody(phone.held.access, phone.dpop)
    backend = Partner(live.http, BACKEND, base=live.base)
    async with live.database.transaction() as session:
        await installed(session, manifest())
    await backend.keep(live.database, scopes=SCOPES)
    answer = await backend.token({"grant_type": "client_credentials", "scope": " ".join(SCOPES[1:])})
    assert answer.status_code == 200, answer.text
    return Somebody(answer.json()["access_token"], backend.dpop)


@pytest.mark.usefixtures("app_again")
@pytest.mark.parametrize("who", ASKED)
async def test_answers_are_as_documented(live: Live, tmp_path: Path, who: str) -> None:
    asking, before = await somebody(live, who), len(live.wrote())
    verdict, said = await ask(live, asking, tmp_path, *ASKED[who])
    assert verdict == 0, said
    # The requests were let in as far as this caller may come: a document of refusals alone would prove little.
    welcome = answered_well(live.wrote()[before:])
    assert WELCOME[who] in welcome
    assert ("/v1/moderation/cases" in welcome) == (who == "staff")
    if who == "staff":
        verdict, said = await ask(live, asking, tmp_path, "--phases=coverage", f"--include-path={SHUTS_OUT}")
        assert verdict == 0, said
    assert "request.unexpected" not in live.wrote()[before:]


def answered_well(log: str) -> set[str]:
    lines = [orjson.loads(line) for line in log.splitlines() if line.startswith("{")]
    return {line["route"] for line in lines if line["event"] == "request" and line["status"] < 300}


async def test_a_proof_names_the_address_as_it_was_sent(live: Live) -> None:
    phone = await live.phone(name="Lan")
    answer = await phone.call("DELETE", "/v1/me/consents/vn.hanoi%20%C4%91")
    assert (answer.status_code, answer.json()["code"]) != (401, "access.token_refused")
    assert answer.status_code == 404


async def test_an_address_says_what_it_can_do(live: Live) -> None:
    assert (await live.http.options("/v1/me/notification-preferences")).headers["allow"] == "GET, PUT"
    assert (await live.http.post("/v1/me")).headers["allow"] == "GET"
