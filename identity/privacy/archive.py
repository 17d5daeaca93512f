"""The signed archive: a zip of JSON files, a manifest of their digests, and a detached signature of the hub over the manifest."""

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from joserfc import jws
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.people import vault
from identity.people.queries import every_self
from identity.privacy.models import PrivacyArchive, PrivacyRequest
from identity.privacy.sources import sources
from kernel.audit import record
from kernel.blobs import Blobs
from kernel.sealing import Keyring
from kernel.settings import settings

FETCHED: Final = timedelta(days=7)
OWN: Final = frozenset({"account", "identity", "disclosures"})
"""Sources that know by themselves which accounts are one person's."""
MANIFEST, SIGNATURE = "manifest.json", "manifest.jws"


class ArchiveGone(Problem):
    code = "privacy.archive_gone"
    status = 404
    title = Text(vi="Không có bản sao dữ liệu này hoặc đã hết hạn tải", en="There is no such archive, or its time is over")


async def collect(session: AsyncSession, person_id: UUID) -> dict[str, bytes]:
    """The files by name, from every room that registered; of accounts that were merged into this one too."""
    found = {name: await source(session, person_id) for name, source in sources().items()}
    for number, merged in enumerate((await every_self(session, person_id))[1:], 1):
        above = {name: source for name, source in sources().items() if name not in OWN}
        found |= {f"merged-{number}/{name}": await source(session, merged) for name, source in above.items()}
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return {f"{name}.json": orjson.dumps(content, default=_plain, option=options) for name, content in found.items()}


async def packed(session: AsyncSession, request: PrivacyRequest, files: dict[str, bytes]) -> bytes:
    """The zip with its manifest and the manifest's detached JWS (RFC 7515, appendix F), typ `privacy-archive+jws`."""
    manifest = orjson.dumps(
        {
            "issuer": settings().public_url,
            "request": str(request.id),
            "made_at": now().isoformat(),
            "files": {name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()},
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS,
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, MANIFEST: manifest, SIGNATURE: await _detached(session, manifest)}.items():
            archive.writestr(name, content)
    return out.getvalue()


async def keep(session: AsyncSession, blobs: Blobs, request: PrivacyRequest, content: bytes, names: dict[str, bytes]) -> PrivacyArchive:
    """Puts the archive away for seven days, sealed with the person's own key. Raises LookupError where the key is destroyed."""
    archive_id = new_id()
    ring = await _ring(session, request.person_id)
    blob = f"privacy/{archive_id}"
    await blobs.put(blob, ring.seal(content, context=_context(archive_id)))
    row = PrivacyArchive(
        id=archive_id,
        request_id=request.id,
        person_id=request.person_id,
        blob=blob,
        digest=hashlib.sha256(content).digest(),
        size=len(content),
        contents={name: len(file) for name, file in names.items()},
        ready_at=now(),
        expires_at=now() + FETCHED,
    )
    session.add(row)
    await session.flush()
    facts = {"archive": str(archive_id), "bytes": len(content)}
    await record(session, actor="system:privacy", action="privacy.archived", subject=f"person:{request.person_id}", facts=facts)
    return row


async def fetch(session: AsyncSession, blobs: Blobs, person_id: UUID, request_id: UUID) -> bytes:
    """The archive of a request the person or their guardian made. Raises ArchiveGone."""
    row = await session.scalar(
        select(PrivacyArchive)
        .join(PrivacyRequest, PrivacyRequest.id == PrivacyArchive.request_id)
        .where(
            PrivacyArchive.request_id == request_id,
            PrivacyRequest.requested_by == person_id,
            PrivacyArchive.expires_at > now(),
        )
    )
    ring = None if row is None else await vault.ring_of(session, row.person_id)
    if row is None or ring is None:
        raise ArchiveGone
    await record(session, actor=f"person:{person_id}", action="privacy.fetched", subject=f"person:{row.person_id}")
    return ring.open(await blobs.get(row.blob), context=_context(row.id))


async def over(session: AsyncSession, *, limit: int) -> list[tuple[UUID, str]]:
    """Archives whose time is over: ids and blobs."""
    rows = await session.execute(
        select(PrivacyArchive.id, PrivacyArchive.blob).where(PrivacyArchive.expires_at <= now()).order_by(PrivacyArchive.id).limit(limit)
    )
    return [(row.id, row.blob) for row in rows]


async def forget(session: AsyncSession, archive_id: UUID) -> None:
    await session.execute(delete(PrivacyArchive).where(PrivacyArchive.id == archive_id))


async def _detached(session: AsyncSession, payload: bytes) -> bytes:
    ring = await keys.ring(session, KeyPurpose.OAUTH)
    algorithm = keys.ALGORITHM[KeyPurpose.OAUTH]
    header = {"alg": algorithm, "kid": ring.signing.kid, "typ": "privacy-archive+jws"}
    first, _, last = jws.serialize_compact(header, payload, ring.signing, algorithms=[algorithm]).split(".")
    return f"{first}..{last}".encode()


async def _ring(session: AsyncSession, person_id: UUID) -> Keyring:
    ring = await vault.ring_of(session, person_id)
    if ring is None:
        raise LookupError("the person's key is destroyed")
    return ring


def _context(archive_id: UUID) -> bytes:
    return f"privacy-archive:{archive_id}".encode()


def _plain(value: Any) -> str:
    """Ids, moments and days as text; orjson knows most of them, and everything else is said by its own name."""
    return str(value)
