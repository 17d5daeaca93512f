"""What the house answers is what its OpenAPI document says: asked by schemathesis as nobody, as a resident and as staff."""

import asyncio
import os
import sys
from pathlib import Path

import orjson
import pytest

from app.demo.devices.mobile import Phone
from identity.api.access import Role
from tests.live.signing import PERSON
from tests.support.live import REPOSITORY, Live

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "allow_header_conformance",
    "unsupported_method",
)
STAFF = (
    Role.ADMINISTRATOR,
    Role.SENIOR_MODERATOR,
    Role.APPEALS,
    Role.ATTESTATION_OFFICER,
    Role.AUDITOR,
    Role.PRIVACY_OFFICER,
    Role.INVESTIGATOR,
    Role.COUNTER,
    Role.REGISTRAR,
)
# The live stream never ends by itself; tests/notifications and the faults read it.
ENDLESS = "/v1/me/stream"


async def ask(live: Live, phone: Phone | None, folder: Path, *more: str) -> tuple[int, str]:
    """The verdict of schemathesis on the whole document, and what it said."""
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.live.signing", "PYTHONWARNINGS": "default", "PYTHONPATH": str(REPOSITORY)}
    if phone is not None:
        told = {"token": phone.held.access, "key": phone.dpop.key.as_dict(private=True)}
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


# Everything as a resident; as nobody what anyone may call, as staff what only staff may: the rest answers them as its audience documents.
ASKED = {
    "nobody": ("--phases=coverage", "--include-by=/x-audience == anyone"),
    "resident": ("--phases=coverage,fuzzing",),
    "staff": ("--phases=coverage", "--include-by=/x-audience == staff"),
}


@pytest.mark.parametrize("who", ASKED)
async def test_answers_are_as_documented(live: Live, tmp_path: Path, who: str) -> None:
    phone = None if who == "nobody" else await live.phone(name="Lan", roles=STAFF if who == "staff" else ())
    before = len(live.wrote())
    verdict, said = await ask(live, phone, tmp_path, *ASKED[who])
    assert verdict == 0, said
    assert "request.unexpected" not in live.wrote()
    # The requests were let in as far as this person may come: a document of refusals alone would prove little.
    welcome = answered_well(live.wrote()[before:])
    assert {"nobody": "/v1/places/units", "resident": "/v1/me", "staff": "/v1/moderation/cases"}[who] in welcome
    assert ("/v1/moderation/cases" in welcome) == (who == "staff")


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
