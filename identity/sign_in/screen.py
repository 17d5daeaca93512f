"""What the sign-in page's buttons do: each leads to a signed-in browser, or to another look of the same page."""

import io
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import segno
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from identity.credentials import service as credentials
from identity.factors.passwords import Passwords
from identity.oauth import cookies
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from identity.sign_in import passwords, requests, service
from identity.sign_in.models import RequestState, SignInRequest
from identity.sign_in.passwords import Attempt
from identity.sign_in.requests import Opened
from identity.sign_in.where import Where, where_of
from identity.test_citizens import service as test_citizens
from kernel.limits import TooMany
from kernel.pool import PoolFull
from kernel.settings import settings

SignedIn = tuple[SignInSession, str]
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Screen:
    """A look of the page. `alert` names a word (`identity.pages.words`) that says what went wrong."""

    way: str = "passkey"
    alert: str | None = None
    status: int = 200
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """One post of the page: the browser, what it wants to sign in to, and the form."""

    request: Request
    client_id: str
    interaction: str
    form: Mapping[str, str]
    where: Where
    current: SignInSession | None


async def answer(session: AsyncSession, request: Request, form: Mapping[str, str], *, client_id: str) -> SignedIn | Screen:
    """What follows from the button that was pressed; an unknown one shows the page again."""
    secret = cookies.session_secret(request)
    current = await sessions.by_secret(session, secret) if secret else None
    asking = Asking(request, client_id, form["interaction"], form, where_of(request), current)
    action = _ACTIONS.get(form.get("action", ""))
    return await action(session, asking) if action else Screen()


async def _passkey(session: AsyncSession, asking: Asking) -> SignedIn | Screen:
    try:
        challenge_id = UUID(asking.form.get("challenge_id", ""))
        answered = orjson.loads(asking.form.get("credential", ""))
        passkey = await credentials.sign_in(session, challenge_id, answered, bound_to=asking.interaction)
    except (ValueError, credentials.PasskeyRefused):
        return Screen(alert="refused", status=403)
    return await _established(session, asking, passkey.person_id, credentials.methods(passkey)) or Screen(alert="refused", status=403)


async def _show_password(_session: AsyncSession, _asking: Asking) -> Screen:
    return Screen("password")


async def _show_push(_session: AsyncSession, _asking: Asking) -> Screen:
    return Screen("push")


async def _password(session: AsyncSession, asking: Asking) -> SignedIn | Screen:
    typed = {name: asking.form.get(name, "")[:_LONGEST] for name in ("identifier", "password", "code")}
    pool: Passwords = asking.request.scope["runtime"].parts["passwords"]
    try:
        accepted = await passwords.judge(session, Attempt(**typed), pool, asking.where)
    except TooMany:
        return Screen("password", alert="too_many", status=429)
    except PoolFull:
        return Screen("password", alert="busy", status=503)
    if accepted is None:
        return Screen("password", alert="password_refused", status=403)
    found = await _established(session, asking, accepted.person_id, accepted.amr, cap=accepted.cap)
    return found or Screen("password", alert="password_refused", status=403)


async def _show_test(_session: AsyncSession, _asking: Asking) -> Screen:
    return Screen("test") if test_citizens.allowed() else Screen(alert="test_refused", status=403)


async def _test(session: AsyncSession, asking: Asking) -> SignedIn | Screen:
    """A sandbox's test citizen, by the number and the code that everybody knows; in production there is none."""
    typed = [asking.form.get(name, "")[:_LONGEST] for name in ("identifier", "code")]
    person_id = await test_citizens.sign_in(session, typed[0], typed[1])
    signed_in = None if person_id is None else await _established(session, asking, person_id, ["otp"], cap=test_citizens.VERIFIED)
    return signed_in or Screen("test" if test_citizens.allowed() else "passkey", alert="test_refused", status=403)


async def _qr(session: AsyncSession, asking: Asking) -> Screen:
    opened = await requests.open_qr(session, bound_to=asking.interaction, client_id=asking.client_id, where=asking.where)
    return Screen("qr", shown=_waiting(opened) | {"qr": _drawn(f"{settings().public_url}/oauth/scan/{opened.reference}")})


async def _push(session: AsyncSession, asking: Asking) -> Screen:
    identifier = asking.form.get("identifier", "")[:_LONGEST]
    if not identifier.strip():
        return Screen("push", alert="identifier_missing", status=403)
    try:
        opened = await requests.open_push(session, identifier, bound_to=asking.interaction, client_id=asking.client_id, where=asking.where)
    except TooMany:
        return Screen("push", alert="too_many", status=429)
    return Screen("pushed", shown=_waiting(opened))


async def _continue(session: AsyncSession, asking: Asking) -> SignedIn | Screen:
    """Back from the other device: signed in where it said yes, else the same page while it may still."""
    try:
        request_id = UUID(asking.form.get("waiting", ""))
    except ValueError:
        return Screen()
    used = await requests.use(session, request_id, asking.interaction, client_id=asking.client_id)
    if used is not None:
        person_id, acr = used
        return await _established(session, asking, person_id, ["mca", "user"], cap=acr) or Screen(alert="refused", status=403)
    found = await requests.state(session, request_id, asking.interaction)
    if found in {RequestState.WAITING, RequestState.CLAIMED}:
        return await _still(session, asking, request_id)
    return Screen(alert="other_refused" if found is RequestState.REFUSED else "other_over", status=403)


async def _still(session: AsyncSession, asking: Asking, request_id: UUID) -> Screen:
    row = await session.get_one(SignInRequest, request_id)
    shown = {"waiting": str(row.id), "number": row.number}
    reference = asking.form.get("reference", "")
    if requests.digest(reference) != row.reference_hash:
        return Screen("pushed", alert="other_waits", shown=shown | {"reference": ""})
    shown |= {"reference": reference, "qr": _drawn(f"{settings().public_url}/oauth/scan/{reference}")}
    return Screen("qr", alert="other_waits", shown=shown)


def _waiting(opened: Opened) -> dict[str, Any]:
    return {"waiting": str(opened.id), "reference": opened.reference, "number": opened.number}


def _drawn(text: str) -> str:
    """The code as inline SVG of fixed colours: a camera needs dark on light, whatever the page's look."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=5, border=3, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=False
    )
    return out.getvalue().decode()


async def _established(session: AsyncSession, asking: Asking, person_id: UUID, amr: list[str], *, cap: int = 3) -> SignedIn | None:
    return await service.establish(session, person_id, amr=amr, where=asking.where, current=asking.current, cap=cap)


_ACTIONS: dict[str, Callable[[AsyncSession, Asking], Awaitable[SignedIn | Screen]]] = {
    "sign_in": _passkey,
    "way_password": _show_password,
    "way_push": _show_push,
    "way_test": _show_test,
    "password": _password,
    "test": _test,
    "qr": _qr,
    "push": _push,
    "continue": _continue,
}
