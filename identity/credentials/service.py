"""The two passkey ceremonies (WebAuthn Level 3): user verification always, challenges once, counters never falling."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.credentials.models import Ceremony, Challenge, Passkey
from kernel.settings import settings

LIFETIME = timedelta(minutes=5)
VERIFIED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(Problem):
    code = "credentials.passkey_refused"
    status = 422
    keep = True
    title = Text(vi="Không xác minh được khoá truy cập", en="The passkey could not be verified")


class PasskeyKnown(Problem):
    code = "credentials.passkey_known"
    status = 409
    title = Text(vi="Khoá truy cập này đã được đăng ký", en="This passkey is registered already")


@dataclass(frozen=True, slots=True)
class Ask:
    """What the browser needs: the challenge's id for the answer, and the options for `navigator.credentials`."""

    challenge_id: UUID
    options: dict[str, Any]


def rp_id() -> str:
    """The relying party of every passkey: the host of the public address."""
    return urlsplit(settings().public_url).hostname or "localhost"


def _bound(to: str) -> bytes:
    return hashlib.sha256(to.encode()).digest()


async def ask_to_register(session: AsyncSession, *, bound_to: str) -> Ask:
    """Options for a new passkey; `bound_to` is the secret of the flow, which the answer must come with."""
    row = _challenge(session, Ceremony.REGISTER, bound_to)
    selection = AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED)
    options = generate_registration_options(
        rp_id=rp_id(),
        rp_name="HanoiSmart",
        user_name="HanoiSmart",
        user_id=secrets.token_bytes(32),
        challenge=row.challenge,
        authenticator_selection=selection,
    )
    await session.flush()
    return Ask(row.id, orjson.loads(options_to_json(options)))


async def ask_to_sign_in(session: AsyncSession, *, bound_to: str) -> Ask:
    """Options that any of our passkeys can answer, so that nothing is told about who has an account."""
    row = _challenge(session, Ceremony.SIGN_IN, bound_to)
    options = generate_authentication_options(rp_id=rp_id(), challenge=row.challenge, user_verification=VERIFIED)
    await session.flush()
    return Ask(row.id, orjson.loads(options_to_json(options)))


def _challenge(session: AsyncSession, ceremony: Ceremony, bound_to: str) -> Challenge:
    row = Challenge(ceremony=ceremony, challenge=secrets.token_bytes(32), bound_to=_bound(bound_to), expires_at=now() + LIFETIME)
    session.add(row)
    return row


async def _spend(session: AsyncSession, ceremony: Ceremony, challenge_id: UUID, bound_to: str) -> bytes:
    """The challenge, once. Raises PasskeyRefused."""
    row = (
        await session.execute(
            update(Challenge)
            .where(Challenge.id == challenge_id, Challenge.ceremony == ceremony, Challenge.used_at.is_(None))
            .values(used_at=now())
            .returning(Challenge.challenge, Challenge.bound_to, Challenge.expires_at)
        )
    ).one_or_none()
    if row is None or row.bound_to != _bound(bound_to) or row.expires_at <= now():
        raise PasskeyRefused
    return bytes(row.challenge)


async def register(
    session: AsyncSession, person_id: UUID, challenge_id: UUID, credential: dict[str, Any], *, bound_to: str, label: str
) -> Passkey:
    """Keep a new passkey of the person. Raises PasskeyRefused (the challenge is spent) or PasskeyKnown."""
    challenge = await _spend(session, Ceremony.REGISTER, challenge_id, bound_to)
    try:
        _same_frame(credential)
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=settings().public_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PasskeyRefused from error
    if await session.scalar(select(Passkey.id).where(Passkey.credential_id == verified.credential_id)):
        raise PasskeyKnown
    row = Passkey(
        person_id=person_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        label=label[:100],
    )
    session.add(row)
    await session.flush()
    return row


async def ever(session: AsyncSession, person_id: UUID) -> bool:
    """Whether the person has or had a passkey."""
    return await session.scalar(select(Passkey.id).where(Passkey.person_id == person_id).limit(1)) is not None


async def sign_in(session: AsyncSession, challenge_id: UUID, credential: dict[str, Any], *, bound_to: str) -> Passkey:
    """The passkey that answered the challenge. Raises PasskeyRefused; the challenge is spent either way."""
    challenge = await _spend(session, Ceremony.SIGN_IN, challenge_id, bound_to)
    try:
        _same_frame(credential)
        credential_id = base64url_to_bytes(credential["rawId"])
        row = await session.scalar(
            select(Passkey).where(Passkey.credential_id == credential_id, Passkey.ended_at.is_(None)).with_for_update()
        )
        if row is None:
            raise PasskeyRefused
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=settings().public_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PasskeyRefused from error
    row.sign_count = verified.new_sign_count
    row.last_used_at = now()
    return row


def _same_frame(credential: dict[str, Any]) -> None:
    """A ceremony in a frame of another site's page is none of ours (WebAuthn Level 3, 13.4.9). Raises PasskeyRefused."""
    told = orjson.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    if told.get("crossOrigin") or told.get("topOrigin"):
        raise PasskeyRefused


def methods(passkey: Passkey) -> list[str]:
    """`amr` of a sign-in with this passkey (RFC 8176)."""
    return ["swk" if passkey.synced else "hwk", "user"]
