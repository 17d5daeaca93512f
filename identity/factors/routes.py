"""What a person signs in with: passkeys, an authenticator app, a password; every change asks for a fresh sign-in."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.credentials import service as credentials
from identity.credentials.models import Passkey
from identity.credentials.schemas import AskOut
from identity.credentials.service import PasskeyKnown, PasskeyRefused
from identity.factors import passwords, service, totp
from identity.factors.passwords import PasswordRefused
from identity.factors.schemas import FactorsOut, LabelIn, NewPasskeyIn, PasskeyOut, PasswordIn, TotpConfirmIn, TotpOut
from identity.factors.service import LastFactor
from identity.factors.totp import TotpRefused
from identity.people.queries import PersonNotFound
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import Caller, CallerDep, Person
from kernel.limits import TooMany
from kernel.pool import PoolFull

router = Router(tags=["factors"])
CHANGE = "factor.change"


@router.get("/v1/me/factors", audience=Person(), response_model=FactorsOut)
async def list_factors(session: Session, caller: CallerDep) -> FactorsOut:
    """Which ways to sign in the caller has."""
    return FactorsOut(
        passkeys=await service.passkeys_of(session, caller.person),
        totp=await totp.has(session, caller.person),
        password=await passwords.held(session, caller.person) is not None,
    )


@router.get("/v1/me/passkeys", audience=Person(), response_model=ListOut[PasskeyOut], problems=[CursorInvalid])
async def list_passkeys(session: Session, caller: CallerDep, page: Paging) -> ListOut[PasskeyOut]:
    """The caller's passkeys, the newest first."""
    mine = select(Passkey).where(Passkey.person_id == caller.person, Passkey.ended_at.is_(None))
    found = await paginate(session, mine, [Passkey.created_at, Passkey.id], page)
    return ListOut(items=[PasskeyOut.model_validate(row) for row in found.items], next=found.next)


@router.post("/v1/me/passkey-options", audience=Person(), response_model=AskOut, problems=[ActionFrozen])
async def new_passkey_options(session: Session, caller: CallerDep) -> credentials.Ask:
    """Options for `navigator.credentials.create()`, after a fresh sign-in."""
    await step_up.require(session, caller, CHANGE)
    return await credentials.ask_to_register(session, bound_to=_bound(caller))


@router.post(
    "/v1/me/passkeys",
    audience=Person(),
    status_code=201,
    response_model=PasskeyOut,
    problems=[PasskeyRefused, PasskeyKnown, ActionFrozen],
)
async def add_passkey(body: NewPasskeyIn, session: Session, caller: CallerDep) -> Passkey:
    """Add a passkey; every channel is told."""
    await step_up.require(session, caller, CHANGE)
    return await service.add_passkey(session, caller.person, body.challenge_id, body.credential, bound_to=_bound(caller), label=body.label)


@router.patch("/v1/me/passkeys/{passkey_id}", audience=Person(), response_model=PasskeyOut, problems=[NotFound])
async def rename_passkey(passkey_id: UUID, body: LabelIn, session: Session, caller: CallerDep) -> Passkey:
    """What the caller calls it; nothing else of a passkey can be changed."""
    return await service.rename_passkey(session, caller.person, passkey_id, body.label)


@router.delete("/v1/me/passkeys/{passkey_id}", audience=Person(), status_code=204, problems=[NotFound, LastFactor, ActionFrozen])
async def remove_passkey(passkey_id: UUID, session: Session, caller: CallerDep) -> None:
    """Take a passkey away; every other session of the caller ends."""
    await step_up.require(session, caller, CHANGE)
    await service.remove_passkey(session, caller.person, passkey_id, keep=caller.session_id)


@router.post("/v1/me/totp", audience=Person(), status_code=201, response_model=TotpOut, problems=[PersonNotFound, ActionFrozen])
async def offer_totp(session: Session, caller: CallerDep) -> totp.Offer:
    """A secret for an authenticator app; it counts once a code of it is given back."""
    await step_up.require(session, caller, CHANGE)
    return await totp.offer(session, caller.person)


@router.post("/v1/me/totp/confirm", audience=Person(), status_code=204, problems=[TotpRefused, TooMany, ActionFrozen])
async def confirm_totp(body: TotpConfirmIn, session: Session, caller: CallerDep) -> None:
    """Give a code of the app back: it is a second factor from now on."""
    await step_up.require(session, caller, CHANGE)
    await service.confirm_totp(session, caller.person, body.id, body.code)


@router.delete("/v1/me/totp", audience=Person(), status_code=204, problems=[NotFound, LastFactor, ActionFrozen])
async def remove_totp(session: Session, caller: CallerDep) -> None:
    """Take the authenticator app away; every other session of the caller ends."""
    await step_up.require(session, caller, CHANGE)
    await service.remove_totp(session, caller.person, keep=caller.session_id)


@router.put("/v1/me/password", audience=Person(), status_code=204, problems=[PasswordRefused, PoolFull, ActionFrozen])
async def set_password(body: PasswordIn, request: Request, session: Session, caller: CallerDep) -> None:
    """Set or change the password (12 to 128 characters); every other session of the caller ends."""
    await step_up.require(session, caller, CHANGE)
    pool: passwords.Passwords = request.scope["runtime"].parts["passwords"]
    await service.set_password(session, caller.person, body.password, pool=pool, keep=caller.session_id)


@router.delete("/v1/me/password", audience=Person(), status_code=204, problems=[NotFound, LastFactor, ActionFrozen])
async def remove_password(session: Session, caller: CallerDep) -> None:
    """Take the password away; every other session of the caller ends."""
    await step_up.require(session, caller, CHANGE)
    await service.remove_password(session, caller.person, keep=caller.session_id)


def _bound(caller: Caller) -> str:
    """A ceremony belongs to the session that began it."""
    return f"passkey of {caller.person} in {caller.session_id}"
