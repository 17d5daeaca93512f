"""Imports, lists and removes roots and revocation lists; every change is audited, and running processes take it in within a minute."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import pem
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.proofing.chip.certificates import (
    Certificate,
    CertificateUnreadableError,
    Name,
    RevocationList,
    read_certificate,
    read_revocation_list,
)
from identity.proofing.chip.refusals import ChipRefused
from identity.proofing.chip.signatures import verifies
from identity.proofing.trust import master_list
from identity.proofing.trust.countries import issuer_code
from identity.proofing.trust.master_list import MasterListRefusedError
from identity.proofing.trust.models import RootKind, TrustCertificate, TrustRevocationList
from kernel.audit import record

ACTOR = "operator:command"


@dataclass(slots=True)
class Imported:
    """What an import did; `refused` says of each file or certificate what kept it out."""

    certificates: int = 0
    revocation_lists: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Held:
    """One line of the store. `until` None: the list states no end."""

    country: str
    what: str
    fingerprint: str
    source: str
    until: datetime | None


async def import_files(
    session: AsyncSession, files: Sequence[tuple[str, bytes]], *, country: str | None = None, master_list_signer: bytes | None = None
) -> Imported:
    """Takes in certificates, revocation lists and master lists, DER or PEM.

    A root is pinned by the operator's naming its `country` (issuer code), or by a master list whose signer is pinned; a link certificate by
    a root of its country that signed it; a revocation list by a root of its country.
    """
    done = Imported()
    for name, content in sorted(files, key=lambda file: _is_list(file[1])):  # roots first: lists are checked against them
        try:
            encodings = _encodings(content)
        except _RefusedError as error:
            encodings = []
            done.refused.append(f"{name}: {error}")
        for encoded in encodings:
            try:
                await _take(session, done, encoded, name, country, master_list_signer)
            except (CertificateUnreadableError, ChipRefused, MasterListRefusedError, _RefusedError) as error:
                done.refused.append(f"{name}: {error}")
    return done


async def remove(session: AsyncSession, fingerprint: str) -> int:
    """Takes out whatever has this fingerprint (or begins with it, sixteen digits at least); how many."""
    if len(fingerprint) < 16:
        return 0
    count = 0
    for model in (TrustCertificate, TrustRevocationList):
        gone = await session.scalars(delete(model).where(model.fingerprint.startswith(fingerprint)).returning(model.fingerprint))
        for found in gone.all():
            count += 1
            await record(session, actor=ACTOR, action="trust.removed", subject=f"trust:{found}")
    return count


async def held(session: AsyncSession) -> list[Held]:
    """Everything in the store, by country."""
    roots = await session.scalars(select(TrustCertificate))
    lists = await session.scalars(select(TrustRevocationList))
    found = [Held(row.country, row.kind.value, row.fingerprint, row.source, row.not_after) for row in roots]
    found += [Held(row.country, "revocation_list", row.fingerprint, "import", row.next_update) for row in lists]
    return sorted(found, key=lambda each: (each.country, each.what, each.fingerprint))


async def mark(session: AsyncSession) -> tuple[object, ...]:
    """Something that changes whenever the store does."""
    roots = (await session.execute(select(func.count(), func.max(TrustCertificate.added_at), func.min(TrustCertificate.fingerprint)))).one()
    lists = (await session.execute(select(func.count(), func.max(TrustRevocationList.added_at)))).one()
    return (*roots, *lists)


class _RefusedError(ValueError):
    """Why a certificate or list is not taken."""


async def _take(
    session: AsyncSession, done: Imported, encoded: bytes, name: str, country: str | None, master_list_signer: bytes | None
) -> None:
    if master_list.is_master_list(encoded):
        if master_list_signer is None:
            raise _RefusedError("a master list needs its signer named (--master-list-signer)")
        for each in master_list.read(encoded, next(iter(_encodings(master_list_signer)))):
            try:
                found = read_certificate(each)
                await _keep_root(session, done, each, found, issuer_code(found.country), "master_list", pinned=True)
            except (CertificateUnreadableError, ChipRefused, _RefusedError) as error:
                done.refused.append(f"{name}: {error}")
        return
    try:
        listed = read_revocation_list(encoded)
    except CertificateUnreadableError:
        found = read_certificate(encoded)
        stated = issuer_code(found.country)
        if country is not None and stated is not None and stated != country:
            raise _RefusedError(f"the certificate is {stated}'s, not {country}'s") from None
        await _keep_root(session, done, encoded, found, country or stated, "import", pinned=country is not None)
    else:
        await _keep_list(session, done, encoded, listed)


async def _keep_root(
    session: AsyncSession, done: Imported, encoded: bytes, found: Certificate, country: str | None, source: str, *, pinned: bool
) -> None:
    if not found.may_sign_certificates:
        raise _RefusedError("the certificate may not sign certificates")
    if country is None:
        raise _RefusedError("the certificate names no country")
    own = verifies(found.key, found.scheme(), found.signature, found.signed_bytes)
    if own and not pinned:
        raise _RefusedError("a root is pinned by naming its country (--country), or by a master list")
    if not own and not await _linked(session, found, country):
        raise _RefusedError(f"no root of {country} signed this link certificate")
    if await session.scalar(select(TrustCertificate.id).where(TrustCertificate.fingerprint == found.fingerprint)):
        done.known += 1
        return
    row = TrustCertificate(
        country=country,
        kind=RootKind.ROOT if own else RootKind.LINK,
        fingerprint=found.fingerprint,
        encoded=encoded,
        not_before=found.not_before,
        not_after=found.not_after,
        source=source,
    )
    session.add(row)
    await session.flush()
    done.certificates += 1
    facts = {"country": country, "kind": row.kind.value, "source": source}
    await record(session, actor=ACTOR, action="trust.added", subject=f"trust:{found.fingerprint}", facts=facts)


async def _linked(session: AsyncSession, found: Certificate, country: str) -> bool:
    """Whether a root of the country, or an earlier link, signed it while it was valid itself."""
    rows = await session.scalars(select(TrustCertificate.encoded).where(TrustCertificate.country == country))
    for root in map(read_certificate, rows):
        valid = root.not_before <= found.not_before <= root.not_after
        if root.subject == found.issuer and valid and verifies(root.key, found.scheme(), found.signature, found.signed_bytes):
            return True
    return False


async def _keep_list(session: AsyncSession, done: Imported, encoded: bytes, listed: RevocationList) -> None:
    country = await _country_of(session, listed)
    authority = _digest(listed.issuer)
    current = await session.scalar(
        select(TrustRevocationList)
        .where(TrustRevocationList.country == country, TrustRevocationList.authority == authority)
        .with_for_update()
    )
    if current is not None and current.issued_at >= listed.issued_at:
        done.known += 1
        return
    if current is not None:
        await session.delete(current)
        await session.flush()
    fingerprint = hashlib.sha256(encoded).hexdigest()
    row = TrustRevocationList(
        country=country,
        authority=authority,
        fingerprint=fingerprint,
        encoded=encoded,
        issued_at=listed.issued_at,
        next_update=listed.next_update,
        added_at=now(),
    )
    session.add(row)
    await session.flush()
    done.revocation_lists += 1
    facts = {"country": country, "entries": len(listed.serials)}
    await record(session, actor=ACTOR, action="trust.list_added", subject=f"trust:{fingerprint}", facts=facts)


async def _country_of(session: AsyncSession, listed: RevocationList) -> str:
    rows = await session.execute(select(TrustCertificate.country, TrustCertificate.encoded))
    for country, encoded in rows.all():
        root = read_certificate(encoded)
        if root.subject == listed.issuer and verifies(root.key, listed.scheme, listed.signature, listed.signed_bytes):
            return str(country)
    raise _RefusedError("no root in the store signed this revocation list")


def _digest(name: Name) -> str:
    return hashlib.sha256(repr([sorted(part) for part in name]).encode()).hexdigest()


def _encodings(content: bytes) -> list[bytes]:
    if not pem.detect(content):
        return [content]
    try:
        return [encoded for _, _, encoded in pem.unarmor(content, multiple=True)]
    except ValueError as error:
        raise _RefusedError("no PEM file") from error


def _is_list(content: bytes) -> bool:
    return b"X509 CRL" in content[:200] or (content[:1] == b"0" and not pem.detect(content) and _reads_as_list(content))


def _reads_as_list(content: bytes) -> bool:
    try:
        read_revocation_list(content)
    except (CertificateUnreadableError, ChipRefused):
        return False
    return True
