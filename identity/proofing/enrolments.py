"""The one-time secret that turns a finished proofing into the first passkey of the account."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.people.models import Person, PersonState
from identity.proofing.models import Enrolment

LIFETIME = timedelta(minutes=10)
_BYTES = 32


class EnrolmentRefused(Problem):
    code = "proofing.enrolment_refused"
    status = 422
    title = Text(vi="Mã đăng ký không đúng, đã dùng hoặc đã hết hạn", en="The enrolment secret is wrong, used or expired")


async def issue(session: AsyncSession, person_id: UUID) -> str:
    """A new secret for the person, good for ten minutes and one use; only its hash is kept."""
    secret = secrets.token_urlsafe(_BYTES)
    session.add(Enrolment(person_id=person_id, secret_hash=digest(secret), expires_at=now() + LIFETIME))
    await session.flush()
    return secret


async def redeem(session: AsyncSession, secret: str) -> UUID:
    """Uses the secret up and returns whose it is. Raises EnrolmentRefused, also when it was used before or its account is not active."""
    moment = now()
    used = (
        update(Enrolment)
        .where(
            Enrolment.secret_hash == digest(secret),
            Enrolment.used_at.is_(None),
            Enrolment.expires_at > moment,
            Enrolment.person_id == Person.id,
            Person.state == PersonState.ACTIVE,
        )
        .values(used_at=moment)
        .returning(Enrolment.person_id)
    )
    person_id: UUID | None = await session.scalar(used)
    if person_id is None:
        raise EnrolmentRefused
    return person_id


def nobody() -> bytes:
    """In place of a secret's digest: no secret opens this any more."""
    return secrets.token_bytes(_BYTES)


def digest(secret: str) -> bytes:
    """What is kept of a secret of ours; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()
