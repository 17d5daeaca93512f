"""The optional password: Argon2id in a bounded pool, and the same work and the same answer for accounts that have none."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.factors.models import Password
from kernel.pool import Pool

SHORTEST, LONGEST = 12, 128
_COMMON = Path(__file__).parent / "common_passwords.txt"
_LONGEST_UNIT = 6


class PasswordRefused(Problem):
    code = "factors.password_refused"
    status = 422
    title = Text(
        vi="Mật khẩu quá ngắn hoặc quá dễ đoán; hãy dùng ít nhất 12 ký tự",
        en="The password is too short or too easily guessed; use at least 12 characters",
    )


class Passwords:
    """Hashes and verifies with OWASP's parameters: Argon2id, 19 MiB, t=2, p=1. Part `passwords` of the runtime."""

    def __init__(self, pool: Pool) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._pool = pool
        self._nobodys = self._hasher.hash("nobody's password, for accounts that have none")

    async def hashed(self, password: str) -> str:
        """Raises PoolFull."""
        return await self._pool.run(lambda: self._hasher.hash(spelled(password)))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one of this hash; as long for None as for one. Raises PoolFull."""
        return await self._pool.run(lambda: self._verify(kept or self._nobodys, password)) and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, spelled(password))
        except (VerificationError, InvalidHashError):
            return False


def spelled(password: str) -> str:
    """One spelling, however a keyboard composes marks (NFKC, as NIST SP 800-63B 3.1.1.2 asks)."""
    return unicodedata.normalize("NFKC", password)


def check(password: str) -> None:
    """Length, repetition and the list of what everybody uses. Raises PasswordRefused."""
    written = spelled(password)
    if not SHORTEST <= len(written) <= LONGEST or _repeats(written) or _plain(written) in _common():
        raise PasswordRefused


def _repeats(written: str) -> bool:
    """`aaaaaaaaaaaa` and `123412341234`: a short piece over and over."""
    low = written.casefold()
    return any(low == (low[:size] * (len(low) // size + 1))[: len(low)] for size in range(1, _LONGEST_UNIT + 1))


def _plain(written: str) -> str:
    """Without marks, case and spaces: what a list of guesses would try as well."""
    return "".join(fold(written).split())


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(_plain(line) for line in _COMMON.read_text().splitlines() if line and not line.startswith("#"))


async def held(session: AsyncSession, person_id: UUID | None) -> str | None:
    """The person's hash, or None."""
    found: str | None = await session.scalar(select(Password.hash).where(Password.person_id == person_id))
    return found


async def keep(session: AsyncSession, person_id: UUID, password: str, passwords: Passwords) -> None:
    """Set the person's password in place of an earlier one. Raises PasswordRefused, PoolFull."""
    check(password)
    row = insert(Password).values(person_id=person_id, hash=await passwords.hashed(password), changed_at=now())
    kept = {"hash": row.excluded.hash, "changed_at": row.excluded.changed_at}
    await session.execute(row.on_conflict_do_update(index_elements=[Password.person_id], set_=kept))


async def remove(session: AsyncSession, person_id: UUID) -> bool:
    """False when there was none."""
    gone = await session.scalar(delete(Password).where(Password.person_id == person_id).returning(Password.person_id))
    return gone is not None
