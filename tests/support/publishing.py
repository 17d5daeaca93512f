"""Developers, their keys and packages for tests, and the staff who review them."""

import json
import struct
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import package, tokens
from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.manifest.example import EXAMPLE, HS
from hanoismart.package import Package
from hanoismart.text import Text
from identity.access.models import Role
from identity.access.service import grant_role
from identity.api import mandates
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from kernel.blobs import Blobs
from kernel.uploads.holding import whole
from kernel.uploads.models import Upload, UploadState
from plugins.developers import keys
from plugins.registry.models import Version, VersionState
from plugins.review.models import Review
from plugins.uploads import PACKAGE
from tests.support.miniapps import SmallHub
from tests.support.people import a_person
from tests.support.work import run_jobs

ORG = "0101234567"
APP_ID = "vn.example.shop"


def png() -> bytes:
    """One grey dot."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    head = struct.pack(">LLBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")


def document(app_id: str = APP_ID, code: int = 1, **hs: Any) -> dict[str, Any]:
    """A manifest of an app that asks for nothing and has no backend."""
    plain = {name: value for name, value in HS.items() if name not in {"backend", "webhooks", "scopes", "csp", "payments", "notifications"}}
    names = {"i18n": {"en": {"name": "Corner shop", "description": "Bread and tea", "reason": {}}}}
    whole_document = {
        **EXAMPLE,
        "app_id": app_id,
        "name": "Tiệm góc phố",
        "description": "Bánh mì và trà",
        "version": {"code": code, "name": f"1.{code}.0"},
        "pages": ["index"],
        "req_permissions": [],
        "hs": {**plain, **names, **hs},
    }
    return json.loads(json.dumps(whole_document))  # type: ignore[no-any-return] # a copy of a dict is one


def files(manifest: dict[str, Any], **more: bytes) -> dict[str, bytes]:
    plain = {
        "manifest.json": json.dumps(manifest).encode(),
        "index.html": b"<!doctype html><title>shop</title><script type=module src=app.js></script>",
        "app.js": b"export {}",
        "common/logo.png": png(),
    }
    return plain | more


@dataclass
class Studio:
    """A developer's organisation with one key."""

    organisation_id: UUID
    developer_id: UUID
    key: OKPKey = field(default_factory=tokens.new_key)

    def built(self, code: int = 1, *, app_id: str = APP_ID, more: dict[str, bytes] | None = None, **hs: Any) -> Package:
        """A package signed for the sandbox."""
        return package.sign(package.of_files(files(document(app_id, code, **hs), **(more or {}))), self.key, "sandbox")


async def studio(session: AsyncSession, *, code: str = ORG, kind: OrganisationKind = OrganisationKind.ENTERPRISE) -> Studio:
    """An organisation with a developer whose key is registered."""
    owner = await organisations.ensure(session, code, Text(vi="Công ty Góc Phố", en="Corner Company"), kind)
    developer = await a_person(session, name="Minh", level=2)
    await joins(session, owner.id, developer)
    made = Studio(owner.id, developer)
    await keys.register(session, owner.id, made.key.as_dict(private=False), label="test", by=developer)
    return made


async def joins(session: AsyncSession, organisation_id: UUID, person_id: UUID) -> None:
    """The person develops for the organisation."""
    await mandates.first_administrator(session, organisation_id, person_id, confirmed_by=None)


async def uploaded(session: AsyncSession, blobs: Blobs, person_id: UUID, content: bytes) -> UUID:
    """A finished upload, as if it had come by tus."""
    row = Upload(
        id=new_id(),
        person_id=person_id,
        purpose=PACKAGE.name,
        description="",
        length=len(content),
        offset=len(content),
        state=UploadState.FINISHED,
        sha256=sha256(content).digest(),
        media_type="application/zip",
        scanned=True,
        expires_at=now() + PACKAGE.kept,
    )
    session.add(row)
    await session.flush()
    await blobs.put(whole(row.id), content)
    return row.id


async def reviewer(session: AsyncSession, name: str) -> UUID:
    """A member of staff who reviews apps."""
    person_id = await a_person(session, name=name, level=2)
    await grant_role(session, person_id, Role.APP_REVIEWER, granted_by=None)
    return person_id


async def sent(house: SmallHub, blobs: Blobs, made: Studio, built: Package | bytes, **more: Any) -> Any:
    """The answer to submitting a package."""
    content = built if isinstance(built, bytes) else built.to_bytes()
    async with house.database.transaction() as session:
        upload_id = await uploaded(session, blobs, made.developer_id, content)
    return await house.client.post(f"/v1/dev/apps/{APP_ID}/versions", json={"upload_id": str(upload_id), **more})


async def checked(house: SmallHub, blobs: Blobs, made: Studio, built: Package, **more: Any) -> VersionState:
    response = await sent(house, blobs, made, built, **more)
    assert response.status_code == 202, response.text
    assert response.json()["state"] == "submitted"
    await run_jobs(house.database, "plugins.check_version", blobs=blobs)
    return await state_of(house, built.manifest.version.code)


async def state_of(house: SmallHub, code: int) -> VersionState:
    async with house.database.session() as session:
        found = select(Version.state).where(Version.app_id == APP_ID, Version.code == code)
        return (await session.execute(found)).scalar_one()


async def opinion(house: SmallHub, person_id: UUID, code: int, word: str, *rules: str) -> Any:
    """What the person says of the open round over a version."""
    async with house.database.session() as session:
        found = select(Review.id).join(Version, Version.id == Review.version_id).where(Version.code == code).order_by(Review.round.desc())
        review_id = (await session.scalars(found)).first()
    before = house.chosen.caller
    await house.signed_in(person_id=person_id)
    said = {"opinion": word, "rules": list(rules), "note_vi": "đã xem", "note_en": "looked at"}
    response = await house.client.post(f"/v1/review/reviews/{review_id}/opinions", json=said)
    house.chosen.caller = before
    return response


async def staff(house: SmallHub, name: str) -> UUID:
    async with house.database.transaction() as session:
        return await reviewer(session, name)


async def approved(house: SmallHub, blobs: Blobs, made: Studio, code: int = 1, **hs: Any) -> None:
    assert await checked(house, blobs, made, made.built(code, **hs)) is VersionState.IN_REVIEW
    assert (await opinion(house, await staff(house, "Hòa"), code, "approve")).status_code == 201
    assert await state_of(house, code) is VersionState.APPROVED


async def rolled(house: SmallHub, code: int, stage: str, **more: Any) -> Any:
    return await house.client.put(f"/v1/dev/apps/{APP_ID}/rollout", json={"version_code": code, "stage": stage, **more})
