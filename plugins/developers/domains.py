"""Shows that an organisation holds a domain: by a DNS record or by a file at the domain's well-known address."""

import re
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import dns.asyncresolver
import dns.exception
import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from kernel.audit import record
from kernel.outbound import GuardedTransport
from plugins.developers.models import DomainProof, ProofState
from plugins.developers.problems import DomainInvalid, DomainNotFound, DomainTaken, DomainUnproven, TooManyDomains
from plugins.settings import settings

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
SECONDS: Final = 5.0
MOST_BYTES: Final = 4096
MOST: Final = 50
# Names under which strangers register: holding one of their sub-domains is fine, holding the suffix itself is impossible.
_SECOND_LEVEL: Final = "ac ai biz com edu gov health id info int io name net org pro"
SUFFIXES: Final = frozenset(f"{one}.vn" for one in _SECOND_LEVEL.split())


def dns_name(domain: str) -> str:
    return f"_hanoismart.{domain}"


def dns_value(proof: DomainProof) -> str:
    return f"hanoismart-verification={proof.token}"


def well_known(domain: str) -> str:
    return f"https://{domain}/.well-known/hanoismart-verification.txt"


async def claim(session: AsyncSession, organisation_id: UUID, domain: str) -> DomainProof:
    """Begin a proof; asking again gives the same token. Raises DomainInvalid, TooManyDomains."""
    name = domain.strip().rstrip(".").lower()
    if _DOMAIN.fullmatch(name) is None or name in SUFFIXES:
        raise DomainInvalid
    there = await session.get(DomainProof, (organisation_id, name))
    if there is not None:
        return there
    if len(await listed(session, organisation_id)) >= MOST:
        raise TooManyDomains
    proof = DomainProof(organisation_id=organisation_id, domain=name, token=secrets.token_urlsafe(24), state=ProofState.PENDING)
    session.add(proof)
    await session.flush()
    return proof


async def listed(session: AsyncSession, organisation_id: UUID) -> Sequence[DomainProof]:
    return (
        await session.scalars(select(DomainProof).where(DomainProof.organisation_id == organisation_id).order_by(DomainProof.domain))
    ).all()


async def find(session: AsyncSession, organisation_id: UUID, domain: str) -> DomainProof:
    """Raises DomainNotFound."""
    proof = await session.get(DomainProof, (organisation_id, domain.strip().rstrip(".").lower()), with_for_update=True)
    if proof is None:
        raise DomainNotFound
    return proof


async def look(domain: str, expected: str) -> bool:
    """Whether the proof stands in the DNS or at the well-known address. No transaction may be open."""
    return await _in_dns(domain, expected) or await _at_address(domain, expected)


async def rival(session: AsyncSession, proof: DomainProof) -> DomainProof | None:
    """The proof of another organisation that holds the domain now."""
    held = (DomainProof.domain == proof.domain) & (DomainProof.state == ProofState.VERIFIED)
    found = select(DomainProof).where(held, DomainProof.organisation_id != proof.organisation_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def settle(session: AsyncSession, proof: DomainProof, *, found: bool, rival_gone: UUID | None, by: UUID) -> DomainProof:
    """Keep what looking found; `rival_gone` is the organisation whose own proof stood at the domain once and does no more.

    Raises DomainUnproven (and keeps the moment of the look), DomainTaken.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"domain {proof.domain}", 0))))
    proof.checked_at = now()
    if not found:
        if proof.state is ProofState.VERIFIED:
            proof.state = ProofState.LAPSED
            await _noted(session, proof, "lapsed", by)
        raise DomainUnproven(dns_name=dns_name(proof.domain), dns_value=dns_value(proof), well_known_url=well_known(proof.domain))
    holder = await rival(session, proof)
    if holder is not None:
        if holder.organisation_id != rival_gone:
            raise DomainTaken
        holder.state = ProofState.LAPSED  # the domain has changed hands
        await session.flush()
        await _noted(session, holder, "lapsed", by)
    if proof.state is not ProofState.VERIFIED:
        proof.state, proof.verified_at = ProofState.VERIFIED, now()
        await _noted(session, proof, "verified", by)
    await session.flush()
    return proof


async def _noted(session: AsyncSession, proof: DomainProof, what: str, by: UUID) -> None:
    subject, facts = f"organisation:{proof.organisation_id}", {"domain": proof.domain}
    await record(session, actor=f"person:{by}", action=f"developer.domain_{what}", subject=subject, facts=facts)


async def _in_dns(domain: str, expected: str) -> bool:
    resolver = dns.asyncresolver.Resolver(configure=settings().dns_server is None)
    if settings().dns_server is not None:
        host, _, port = (settings().dns_server or "").partition(":")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    resolver.lifetime = SECONDS
    try:
        answer = await resolver.resolve(dns_name(domain), "TXT")
    except (dns.exception.DNSException, OSError):
        return False
    return any(b"".join(record_.strings) == expected.encode() for record_ in answer)


async def _at_address(domain: str, expected: str) -> bool:
    transport = GuardedTransport(allow_inward=settings().inward_calls)
    try:
        async with (
            httpx.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False) as http,
            http.stream("GET", well_known(domain)) as response,
        ):
            if response.status_code != 200:
                return False
            received = b""
            async for part in response.aiter_bytes():
                received += part
                if len(received) > MOST_BYTES:
                    return False
    except (httpx.HTTPError, OSError):
        return False
    return expected.encode() in received.split()
