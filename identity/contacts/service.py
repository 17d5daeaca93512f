"""The telephone number and the e-mail address of a person: proved by a code, each one person's at a time."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.contacts import addresses, codes, numbers
from identity.contacts.addresses import Address
from identity.contacts.codes import Asked, CodeRefused, Flow
from identity.contacts.models import CodePurpose, Email, Phone
from identity.contacts.numbers import Number, NumberReserved
from identity.events import FactorChanged, PhoneEnded, PhoneVerified
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.people import vault
from identity.people.models import Attribute
from identity.people.queries import locale_of
from kernel.audit import record
from kernel.events import emit
from kernel.sealing import blind_index, blind_indexes

PHONE_INDEX, _EMAIL_INDEX = "phone", "email"


async def start(session: AsyncSession, person_id: UUID, text: str, *, address: str, bound_to: str) -> Flow:
    """Sends a code to a mobile number. `address` is where the caller is (`address_of`), `bound_to` the sign-in that asks.

    Raises NumberRefused, NumberReserved, CodeDead, TooMany.
    """
    number = numbers.read(text)
    if number.e164 in numbers.RESERVED:
        raise NumberReserved
    await codes.spend_sends(session, number.e164, address)
    await codes.spend_abroad(session, number, address)
    flow = await codes.begin(session, Asked(person_id, await locale_of(session, person_id), bound_to), CodePurpose.PHONE, number.e164)
    return Flow(flow.id, number.hint, flow.expires_at)


async def start_email(session: AsyncSession, person_id: UUID, text: str, *, address: str, bound_to: str) -> Flow:
    """Sends a code to an e-mail address, otherwise as `start`. Raises AddressRefused, CodeDead, TooMany."""
    wanted = addresses.read(text)
    await codes.spend_sends(session, wanted.key, address)
    flow = await codes.begin(session, Asked(person_id, await locale_of(session, person_id), bound_to), CodePurpose.EMAIL, wanted.written)
    return Flow(flow.id, wanted.hint, flow.expires_at)


async def confirm(session: AsyncSession, person_id: UUID, flow_id: UUID, code: str, *, bound_to: str) -> Number:
    """Proves the number and makes it the person's; whoever had it before has it no longer, and both are told.

    Raises CodeRefused; TooMany after ten wrong codes in an hour, whichever flows they were for.
    """
    purpose, destination = await codes.confirm(session, person_id, flow_id, code, budget=str(person_id), bound_to=bound_to)
    if purpose is not CodePurpose.PHONE:
        raise CodeRefused
    number = numbers.read(destination)
    changed = await _tell_change(session, person_id, Attribute.PHONE)
    await _take(session, person_id, number)
    await _told(session, person_id, "phone", changed=changed)
    return number


async def confirm_email(session: AsyncSession, person_id: UUID, flow_id: UUID, code: str, *, bound_to: str) -> Address:
    """Proves the address, otherwise as `confirm`."""
    purpose, destination = await codes.confirm(session, person_id, flow_id, code, budget=str(person_id), bound_to=bound_to)
    if purpose is not CodePurpose.EMAIL:
        raise CodeRefused
    wanted = Address(destination)
    changed = await _tell_change(session, person_id, Attribute.EMAIL)
    await _take_email(session, person_id, wanted)
    await _told(session, person_id, "email", changed=changed)
    return wanted


async def remove_email(session: AsyncSession, person_id: UUID) -> bool:
    """Takes the person's e-mail address away, after telling it so; False when there is none."""
    await notices.tell(session, person_id, NoticeKind.CONTACT_CHANGED)
    ended = await session.scalar(
        update(Email).where(Email.person_id == person_id, Email.ended_at.is_(None)).values(ended_at=now()).returning(Email.id)
    )
    if ended is None:
        return False
    await vault.forget(session, person_id, Attribute.EMAIL)
    await record(session, actor=f"person:{person_id}", action="email.removed", subject=f"person:{person_id}")
    await emit(session, FactorChanged(person_id, "email"))
    return True


async def find_person(session: AsyncSession, identifier: str) -> UUID | None:
    """Whose telephone number or e-mail address this is now; None for nobody's, for a test citizen's, and for what is neither."""
    try:
        if "@" in identifier:
            rows = blind_indexes(addresses.read(identifier).key, purpose=_EMAIL_INDEX)
            chosen = select(Email.person_id).where(tuple_(Email.key_id, Email.digest).in_(list(rows.items())), Email.ended_at.is_(None))
        else:
            number = numbers.read(identifier)
            if number.e164 in numbers.RESERVED:
                return None
            rows = blind_indexes(number.e164, purpose=PHONE_INDEX)
            chosen = select(Phone.person_id).where(tuple_(Phone.key_id, Phone.digest).in_(list(rows.items())), Phone.ended_at.is_(None))
    except (addresses.AddressRefused, numbers.NumberRefused):
        return None
    found: UUID | None = await session.scalar(chosen)
    return found


def spelling(identifier: str) -> str:
    """One spelling of an identifier, for budgets: however it is typed, the same account's are spent."""
    try:
        return addresses.read(identifier).key if "@" in identifier else numbers.read(identifier).e164
    except (addresses.AddressRefused, numbers.NumberRefused):
        return identifier.strip().casefold()


async def _tell_change(session: AsyncSession, person_id: UUID, attribute: Attribute) -> bool:
    """Tell the channels that stand before the change, the one that leaves included; False where nothing is replaced."""
    replaced = bool(await notices.held(session, person_id, attribute))
    if replaced:
        await notices.tell(session, person_id, NoticeKind.CONTACT_CHANGED)
    return replaced


async def _told(session: AsyncSession, person_id: UUID, kind: str, *, changed: bool) -> None:
    """Where nothing was replaced, the new channel is the one that is told."""
    if not changed:
        await notices.tell(session, person_id, NoticeKind.CONTACT_CHANGED)
    await emit(session, FactorChanged(person_id, kind))


async def _take(session: AsyncSession, person_id: UUID, number: Number) -> None:
    digests = blind_indexes(number.e164, purpose=PHONE_INDEX)
    key_id, digest = blind_index(number.e164, purpose=PHONE_INDEX)
    await _one_at_a_time(session, digest, person_id)
    ended = await session.scalars(
        update(Phone)
        .where(Phone.ended_at.is_(None), (tuple_(Phone.key_id, Phone.digest).in_(list(digests.items()))) | (Phone.person_id == person_id))
        .values(ended_at=now())
        .returning(Phone.person_id)
    )
    for former in set(ended) - {person_id}:
        await _left(session, former, Attribute.PHONE)
        await emit(session, PhoneEnded(former))
    session.add(
        Phone(
            person_id=person_id,
            key_id=key_id,
            digest=digest,
            hint=number.hint,
            vietnamese_mobile=number.vietnamese,
            verified_at=now(),
        )
    )
    await vault.seal(session, person_id, {Attribute.PHONE: number.e164})
    await record(session, actor=f"person:{person_id}", action="phone.verified", subject=f"person:{person_id}")
    await emit(session, PhoneVerified(person_id))


async def _take_email(session: AsyncSession, person_id: UUID, wanted: Address) -> None:
    digests = blind_indexes(wanted.key, purpose=_EMAIL_INDEX)
    key_id, digest = blind_index(wanted.key, purpose=_EMAIL_INDEX)
    await _one_at_a_time(session, digest, person_id)
    ended = await session.scalars(
        update(Email)
        .where(Email.ended_at.is_(None), (tuple_(Email.key_id, Email.digest).in_(list(digests.items()))) | (Email.person_id == person_id))
        .values(ended_at=now())
        .returning(Email.person_id)
    )
    for former in set(ended) - {person_id}:
        await _left(session, former, Attribute.EMAIL)
    session.add(Email(person_id=person_id, key_id=key_id, digest=digest, hint=wanted.hint, verified_at=now()))
    await vault.seal(session, person_id, {Attribute.EMAIL: wanted.written})
    await record(session, actor=f"person:{person_id}", action="email.verified", subject=f"person:{person_id}")


async def _left(session: AsyncSession, former: UUID, attribute: Attribute) -> None:
    """Somebody else proved it: it leaves the account before anything is told, for the message must not go to its new owner."""
    await vault.forget(session, former, attribute)
    await record(session, actor="system:contacts", action=f"{attribute.value}.ended", subject=f"person:{former}")
    await notices.tell(session, former, NoticeKind.CONTACT_LOST)
    await emit(session, FactorChanged(former, attribute.value))


async def _one_at_a_time(session: AsyncSession, digest: bytes, person_id: UUID) -> None:
    keys: Iterable[int] = (int.from_bytes(digest[:7], "big"), int.from_bytes(person_id.bytes[-7:], "big"))
    for key in keys:
        await session.execute(select(func.pg_advisory_xact_lock(key)))
