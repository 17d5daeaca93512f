"""Somebody who recovers an account over HTTP: holds the recovery's secret, and reads the codes that reached the account's channels."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.notices.models import Channel
from identity.proofing import enrolments
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason
from tests.support.work import run_jobs


@dataclass
class Letters:
    """Every message that left, by channel, destination and text."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:  # noqa: ARG002 (the port's signature)
        self.sent.append((channel.value, destination, text))

    def code(self, channel: str) -> str:
        texts = (text for way, _, text in reversed(self.sent) if way == channel)
        return next(str(found[0]) for text in texts if (found := re.findall(r"\b\d{6}\b", text)))

    def links(self) -> list[str]:
        return [link for _, _, text in self.sent for link in re.findall(r"/oauth/recovery/stop\?token=\S+", text)]


@dataclass
class Asker:
    """One recovery under way."""

    http: httpx.AsyncClient
    database: Database
    letters: Letters = field(default_factory=Letters)
    id: str = ""
    secret: str = ""

    async def start(self, identifier: str = "") -> httpx.Response:
        answer = await self.http.post("/v1/recovery", json={"identifier": identifier})
        if answer.status_code == 201:
            self.id, self.secret = answer.json()["id"], answer.json()["secret"]
        return answer

    async def call(self, method: str, path: str = "", **body: Any) -> httpx.Response:
        given = body if method == "POST" else None
        return await self.http.request(method, f"/v1/recovery/{self.id}{path}", headers={"Recovery-Secret": self.secret}, json=given)

    async def deliver(self, **resources: Any) -> None:
        """What waits to be sent goes out."""
        for job in ("contacts.send_code", "notices.send"):
            await run_jobs(self.database, job, messenger=self.letters, **resources)

    async def prove_by_code(self, channel: str) -> httpx.Response:
        flow_id = (await self.call("POST", "/codes", channel=channel)).json()["flow_id"]
        await self.deliver()
        return await self.call("POST", "/proofs/code", flow_id=flow_id, code=self.letters.code(channel))

    async def prove_by_two(self) -> httpx.Response:
        await self.prove_by_code("sms")
        return await self.prove_by_code("email")


async def a_reading(session: AsyncSession, person_id: UUID, *, minutes_ago: int = 0) -> tuple[str, str]:
    """Id and secret of a proofing session whose chip showed a person who is here already."""
    secret = secrets.token_urlsafe(32)
    moment = now() - timedelta(minutes=minutes_ago)
    row = ProofingSession(
        id=new_id(),
        secret_hash=enrolments.digest(secret),
        nonce=secrets.token_bytes(32),
        nonce_used_at=moment,
        state=ProofingState.IN_REVIEW,
        review_reason=ReviewReason.DUPLICATE,
        doubts=[],
        person_id=person_id,
        created_at=moment,
        expires_at=moment + timedelta(minutes=10),
    )
    session.add(row)
    await session.flush()
    return str(row.id), secret
