"""From us to VNeID and back: whoever began holds a secret, whoever came back holds the code, and only both together count.

A link that somebody else began leads to a browser without the secret, and a secret opens nothing without the code of that browser.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.clients import service as clients
from identity.federation.vneid import Identity, Vneid, VneidRefused
from identity.oauth.pushed import redirect_allowed
from identity.people import uniqueness
from identity.people.models import DocumentKind, Evidence, PersonKind
from identity.places.queries import today
from identity.proofing import enrolments, verdicts
from identity.proofing.admission import VIETNAM, Applicant
from identity.proofing.chip.mrz import Sex
from identity.proofing.chip.personal_number import doubts_of
from identity.proofing.models import FederatedProofing, ProofingSession, ProofingState, Road
from identity.proofing.service import HOUR, LIFETIME, ProofingClosed, ProofingNotFound
from identity.proofing.verdicts import Verdict
from identity.settings import settings
from kernel.audit import record
from kernel.limits import spend
from kernel.sealing import keyring

_OLD_NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")


class ReturnRefused(Problem):
    code = "proofing.return_refused"
    status = 422
    title = Text(vi="Địa chỉ quay lại chưa được đăng ký", en="The address to return to is not registered")


@dataclass(frozen=True, slots=True)
class Begun:
    """`secret` is told this once; the browser goes to `authorization_url`."""

    id: UUID
    secret: str = field(repr=False)
    authorization_url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Way:
    """What is needed to redeem the code of one proofing."""

    session_id: UUID
    nonce: str
    verifier: str
    locale: str


@dataclass(frozen=True, slots=True)
class Return:
    """Where the person's app waits: one of the addresses a client of ours registered."""

    client_id: str
    address: str


async def begin(
    session: AsyncSession, vneid: Vneid, back: Return, *, address: str, locale: str, for_person_id: UUID | None = None
) -> Begun:
    """Opens a way to VNeID for somebody at `address`. Raises TooMany, ReturnRefused, VneidUnavailable."""
    await spend(session, f"proofing:{address}", limit=settings().proofings_per_address, window=HOUR)
    client = await clients.find(session, back.client_id)
    if client is None or not client.first_party or not redirect_allowed(client, back.address):
        raise ReturnRefused
    secret, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    url = vneid.address(state=state, nonce=nonce, verifier=verifier)
    row = ProofingSession(
        id=new_id(),
        secret_hash=enrolments.digest(secret),
        nonce=hashlib.sha256(nonce.encode()).digest(),
        state=ProofingState.OPEN,
        road=Road.VNEID,
        doubts=[],
        for_person_id=for_person_id,
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    kept = orjson.dumps({"nonce": nonce, "verifier": verifier, "return": back.address, "locale": locale})
    session.add(
        FederatedProofing(session_id=row.id, state_hash=enrolments.digest(state), sealed=keyring().seal(kept, context=_context(row.id)))
    )
    await session.flush()
    return Begun(row.id, secret, url, row.expires_at)


async def returning(session: AsyncSession, state: str, said: dict[str, str]) -> str:
    """Where a browser goes that came back from VNeID: to the app that waits, with what VNeID gave it. Raises ProofingNotFound."""
    row = await session.scalar(select(FederatedProofing).where(FederatedProofing.state_hash == enrolments.digest(state)))
    if row is None:
        raise ProofingNotFound
    back = str(_opened(row)["return"])
    return f"{back}{'&' if '?' in back else '?'}{urlencode({'proofing': str(row.session_id), **said})}"


async def claim(session: AsyncSession, row: ProofingSession) -> Way:
    """Takes the one attempt a proofing has. Raises ProofingClosed, ProofingNotFound for one that goes another road."""
    way = await session.scalar(select(FederatedProofing).where(FederatedProofing.session_id == row.id).with_for_update())
    if way is None:
        if row.road is Road.VNEID:
            raise ProofingClosed
        raise ProofingNotFound
    if row.state is not ProofingState.OPEN or row.expires_at <= now():
        raise ProofingClosed
    kept = _opened(way)
    await session.delete(way)
    await session.flush()
    return Way(row.id, kept["nonce"], kept["verifier"], kept["locale"])


async def refuse(session: AsyncSession, row: ProofingSession, refusal: Problem) -> None:
    """VNeID or what it said did not hold: nothing of it is kept but why."""
    await verdicts.close(session, row, ProofingState.REFUSED)
    row.refusal = refusal.code
    facts = {"code": refusal.code, "step": str(refusal.extra.get("step", ""))}
    await record(session, actor="system:proofing", action="proofing.refused", subject=f"proofing:{row.id}", facts=facts)


async def decide(session: AsyncSession, row: ProofingSession, identity: Identity, *, locale: str) -> Verdict:
    """VNeID has matched the holder; what is left is whose account it is. Raises ProofingClosed."""
    if row.state is not ProofingState.OPEN:
        raise ProofingClosed
    return await verdicts.decide(session, row, applicant(identity), matched=True, locale=locale)


def applicant(identity: Identity) -> Applicant:
    """What VNeID vouches for, as an application. A foreigner has a twelve-digit number there too. Raises VneidRefused (expired, unborn)."""
    if (identity.expires_on is not None and identity.expires_on < today()) or identity.birth_date > today():
        raise VneidRefused("document")
    citizen = identity.nationality == VIETNAM
    former = (identity.former_number,) if identity.former_number and _OLD_NUMBER.fullmatch(identity.former_number) else ()
    return Applicant(
        kind=PersonKind.RESIDENT if citizen else PersonKind.FOREIGNER,
        display_name=identity.name,
        unique_on=tuple(map(uniqueness.citizen, dict.fromkeys((identity.number, *former)))),
        identity_number=identity.number,
        birth_date=identity.birth_date,
        document=DocumentKind.VNEID if citizen else DocumentKind.RESIDENCE_CARD,
        issuer=VIETNAM,
        document_number=identity.number,
        expires_on=identity.expires_on,
        stay_ends_on=None,
        signer_fingerprint=None,
        doubts=doubts_of(identity.number, identity.birth_date, Sex.UNSPECIFIED) if citizen else (),
        evidence=Evidence.VNEID,
        level=identity.level,
    )


def _opened(row: FederatedProofing) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(keyring().open(row.sealed, context=_context(row.session_id)))
    return found


def _context(session_id: UUID) -> bytes:
    return f"federated-proofing:{session_id}".encode()
