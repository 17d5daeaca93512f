"""The person's devices: binding the one that calls, listing and ending any."""

import base64
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.devices import service
from identity.devices.models import Device
from identity.devices.schemas import DeviceIn, DeviceNameIn, DeviceOut
from identity.devices.service import DeviceAltered, DeviceUnproved
from identity.oauth import dpop
from identity.oauth.authenticator import public_url_of
from identity.ports import IntegrityVerifier
from identity.sessions.models import SignInSession
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, Person

router = Router(tags=["devices"])


@router.post(
    "/v1/me/devices",
    audience=Person(),
    status_code=201,
    response_model=DeviceOut,
    problems=[DeviceUnproved, DeviceAltered, ActionFrozen, NotFound],
)
async def bind_device(body: DeviceIn, request: Request, session: Session, caller: CallerDep) -> DeviceOut:
    """Bind this device: the key of this request's DPoP proof is its key, kept in the device's hardware key store."""
    await step_up.require(session, caller, "factor.change")
    jkt, public_jwk = _key(request, caller.token)
    verifier: IntegrityVerifier = request.scope["runtime"].parts["integrity"]
    integrity = await verifier.verify(body.platform, body.integrity, jkt)
    row = await service.bind(
        session,
        caller.person,
        caller.session_id,
        jkt=jkt,
        public_jwk=public_jwk,
        name=body.name,
        platform=body.platform,
        integrity=integrity,
    )
    return _shown(row, row.id)


@router.get("/v1/me/devices", audience=Person(), response_model=ListOut[DeviceOut], problems=[CursorInvalid])
async def list_devices(session: Session, caller: CallerDep, page: Paging) -> ListOut[DeviceOut]:
    """The caller's devices, the newest first."""
    current = await session.scalar(select(SignInSession.device_id).where(SignInSession.id == caller.session_id))
    mine = select(Device).where(Device.person_id == caller.person, Device.ended_at.is_(None))
    found = await paginate(session, mine, [Device.created_at, Device.id], page)
    return ListOut(items=[_shown(row, current) for row in found.items], next=found.next)


@router.patch("/v1/me/devices/{device_id}", audience=Person(), response_model=DeviceOut, problems=[NotFound])
async def rename_device(device_id: UUID, body: DeviceNameIn, session: Session, caller: CallerDep) -> DeviceOut:
    """What the caller calls it."""
    return _shown(await service.rename(session, caller.person, device_id, body.name), None)


@router.delete("/v1/me/devices/{device_id}", audience=Person(), status_code=204, problems=[NotFound])
async def end_device(device_id: UUID, session: Session, caller: CallerDep) -> None:
    """End a device: its sessions and every token bound to its key die within seconds."""
    await step_up.require(session, caller, "sessions.end")
    await service.end(session, caller.person, device_id)


def _key(request: Request, token: str) -> tuple[str, dict[str, Any]]:
    """Thumbprint and public half of the key of this request's proof; what an unbound token came with counts for nothing.

    Raises DeviceUnproved.
    """
    raw = request.headers.get("dpop", "")
    try:
        proof = dpop.verify(raw, method=request.method, url=public_url_of(request), token=token)
    except dpop.ProofRefused as error:
        raise DeviceUnproved from error
    header = raw.split(".", 1)[0]
    jwk = orjson.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["jwk"]
    return proof.jkt, {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}


def _shown(row: Device, current: UUID | None) -> DeviceOut:
    return DeviceOut(
        id=row.id,
        name=row.name,
        platform=row.platform,
        integrity=row.integrity.value,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        current=row.id == current,
    )
