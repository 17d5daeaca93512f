"""Facts identity tells the floors above."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True)
class AccountVerified(Event):
    """A person reached an identity level (1 to 3)."""

    name: ClassVar[str] = "identity.account_verified"
    person_id: UUID
    level: int


@dataclass(frozen=True, slots=True)
class PhoneVerified(Event):
    name: ClassVar[str] = "identity.phone_verified"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class PhoneEnded(Event):
    """The person's number was proved by somebody else since: it is theirs no longer."""

    name: ClassVar[str] = "identity.phone_ended"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ResidenceAttested(Event):
    name: ClassVar[str] = "identity.residence_attested"
    person_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    name: ClassVar[str] = "identity.session_ended"
    person_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    name: ClassVar[str] = "identity.consent_withdrawn"
    person_id: UUID
    client_id: str
