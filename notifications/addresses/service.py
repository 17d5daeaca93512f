"""Keeps a person's device addresses: at most ten, the oldest goes; a device that changes hands leaves its first owner at once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.sealing import blind_index, keyring
from notifications.addresses.models import AddressKind, PushAddress
from notifications.preferences.categories import Channel

AT_MOST = 10
IDLE = timedelta(days=270)  # FCM drops an Android address after 270 idle days
_PURPOSE = "notifications.push_address"


class AddressNotFound(Problem):
    code = "notifications.address_not_found"
    status = 404
    title = Text(vi="Không tìm thấy thiết bị nhận thông báo", en="There is no such push address")


async def keep(session: AsyncSession, person_id: UUID, kind: AddressKind, value: str, *, device: str, locale: str) -> PushAddress:
    """The address, now this person's. The same value again renews it."""
    _, digest = blind_index(value, purpose=_PURPOSE)
    moment = now()
    fresh = {
        "id": new_id(),
        "person_id": person_id,
        "kind": kind,
        "value": keyring().seal(value.encode(), context=digest),
        "value_hash": digest,
        "device": device,
        "locale": locale,
        "created_at": moment,
        "registered_at": moment,
    }
    row = insert(PushAddress).values(**fresh)
    taken = ("person_id", "kind", "value", "device", "locale", "registered_at")
    kept = (
        await session.scalars(
            row.on_conflict_do_update(index_elements=["value_hash"], set_={name: row.excluded[name] for name in taken})
            .returning(PushAddress)
            .execution_options(populate_existing=True)
        )
    ).one()
    surplus = (
        select(PushAddress.id)
        .where(PushAddress.person_id == person_id)
        .order_by(PushAddress.registered_at.desc(), PushAddress.id.desc())
        .offset(AT_MOST)
    )
    await session.execute(delete(PushAddress).where(PushAddress.id.in_(surplus)))
    return kept


async def forget(session: AsyncSession, person_id: UUID, address_id: UUID) -> None:
    """Raises AddressNotFound."""
    gone = delete(PushAddress).where(PushAddress.id == address_id, PushAddress.person_id == person_id).returning(PushAddress.id)
    if (await session.execute(gone)).one_or_none() is None:
        raise AddressNotFound


async def forget_all(session: AsyncSession, person_id: UUID) -> None:
    """Sign-out everywhere, or an account's end."""
    await session.execute(delete(PushAddress).where(PushAddress.person_id == person_id))


def opened(address: PushAddress) -> str:
    return keyring().open(address.value, context=address.value_hash).decode()


def channel_of(kind: AddressKind) -> Channel:
    return Channel.WEB_PUSH if kind is AddressKind.WEBPUSH else Channel.APP_PUSH
