"""Shows that an organisation holds a domain: by a DNS record or by a file at the domain's well-known address."""

import re
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from publicsuffixlist import PublicSuffixList
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from kernel.audit import record
from plugins.developers import proving
from plugins.developers.models import DomainProof, ProofState
from plugins.developers.problems import DomainInvalid, DomainNotFound, DomainTaken, DomainUnproven, TooManyDomains

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
MOST: Final = 50
WELL_KNOWN: Final = "/.well-known/hanoismart-verification.txt"


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # the list lies in the package; nothing is fetched


def everybodys(domain: str) -> bool:
    """Whether strangers register names under it (publicsuffix.org, the private section too): a sub-domain is somebody's, it is nobody's."""
    return _suffixes().is_public(domain)


def dns_name(domain: str) -> str:
    return f"_hanoismart.{domain}"


def dns_value(proof: DomainProof) -> str:
    return f"hanoismart-verification={proof.token}"


def well_known(domain: str) -> str:
    return f"https://{domain}{WELL_KNOWN}"


async def claim(session: AsyncSession, organisation_id: UUID, domain: str) -> DomainProof:
    """Begin a proof; asking again gives the same token. Raises DomainInvalid, TooManyDomains."""
    name = domain.strip().rstrip(".").lower()
    if _DOMAIN.fullmatch(name) is None or everybodys(name):
        raise DomainInvalid
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"domains {organisation_id}", 0))))
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
    return await proving.in_dns(dns_name(domain), expected) or await proving.at_address(domain, WELL_KNOWN, expected)


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
