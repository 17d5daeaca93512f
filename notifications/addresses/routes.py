"""`/v1/me/push-addresses`: the devices a person may be reached on."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Person
from notifications.addresses import service
from notifications.addresses.models import PushAddress
from notifications.addresses.schemas import PushAddressesOut, PushAddressIn, PushAddressOut, WebPushKeyOut
from notifications.channels.hosts import EndpointRefused, check_endpoint
from notifications.channels.ports import Senders
from notifications.preferences.categories import Channel

router = Router(tags=["notifications"])


@router.put("/v1/me/push-addresses", audience=Person(), problems=[EndpointRefused], response_model=PushAddressOut)
async def keep_address(wanted: PushAddressIn, session: Session, caller: CallerDep) -> PushAddress:
    """Called at each start of the app: the address is kept, renewed, or taken over from who had the device before."""
    if wanted.subscription is not None:
        check_endpoint(wanted.subscription.endpoint)
    return await service.keep(session, caller.person, wanted.kind, wanted.address(), device=wanted.device, locale=wanted.locale)


@router.get("/v1/me/push-addresses", audience=Person(), response_model=PushAddressesOut)
async def addresses(session: Session, caller: CallerDep) -> PushAddressesOut:
    """At most ten, newest first."""
    mine = select(PushAddress).where(PushAddress.person_id == caller.person).order_by(PushAddress.registered_at.desc())
    return PushAddressesOut(items=[PushAddressOut.model_validate(row) for row in await session.scalars(mine)])


@router.delete(
    "/v1/me/push-addresses/{address_id:uuid}",
    audience=Person(),
    problems=[service.AddressNotFound],
    status_code=204,
    response_model=None,
)
async def forget_address(address_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.forget(session, caller.person, address_id)


@router.get("/v1/me/push-addresses/web-push-key", audience=Person(), response_model=WebPushKeyOut)
async def web_push_key(request: Request) -> WebPushKeyOut:
    """What `pushManager.subscribe` needs as applicationServerKey."""
    senders: Senders = request.scope["runtime"].parts.get("push", {})
    sender = senders.get(Channel.WEB_PUSH)
    return WebPushKeyOut(public_key=getattr(sender, "public_key", None))
