"""The demo's operator: an invented administrator whose passkey lies in .data, so that the story can hand out staff roles over HTTP."""

import json
import secrets
from dataclasses import dataclass
from uuid import UUID

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.ext.asyncio import AsyncSession

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.world import OPERATOR
from identity.api import demo, mandates
from identity.api.access import Role, grant_role
from identity.api.demo import Invented
from kernel.settings import settings


async def make(session: AsyncSession, organisation_id: UUID) -> UUID:
    """Invent the operator, keep the passkey beside the database's other development files, and make them administrator."""
    person_id = await demo.invent(session, Invented("Quản trị viên mẫu"))
    passkey = SoftwarePasskey(settings().public_url)
    bound = secrets.token_urlsafe(24)
    ask = await demo.ask_for_passkey(session, bound)
    await demo.keep_passkey(session, person_id, ask, passkey.create(ask.options), bound)
    await grant_role(session, person_id, Role.ADMINISTRATOR, granted_by=None)
    await mandates.first_administrator(session, organisation_id, person_id, confirmed_by=None)
    key = passkey.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    OPERATOR.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    OPERATOR.touch(mode=0o600)
    document = {"credential_id": passkey.credential_id.hex(), "key": key.decode(), "organisation_id": str(organisation_id)}
    OPERATOR.write_text(json.dumps(document))
    return person_id


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's phone, signed in, and the agency residences are attested for."""

    phone: Phone
    organisation_id: str


async def sign_in(http: httpx.AsyncClient) -> Operator:
    """Raises FileNotFoundError where the demo city was never seeded here."""
    kept = json.loads(OPERATOR.read_text())
    key = serialization.load_pem_private_key(kept["key"].encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise FileNotFoundError(OPERATOR)
    base = str(http.base_url).rstrip("/")
    passkey = SoftwarePasskey(base, credential_id=bytes.fromhex(kept["credential_id"]), key=key, counter=kept.get("counter", 0))
    phone = Phone(http, passkey)
    await phone.sign_in()
    OPERATOR.write_text(json.dumps(kept | {"counter": passkey.counter}))
    return Operator(phone, kept["organisation_id"])
