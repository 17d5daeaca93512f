"""The recovery screens: one page that knows how far its browser has come, and the page of a link that stops a recovery."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.factors.passwords import Passwords
from identity.notices.models import Channel
from identity.oauth import cookies
from identity.oauth.described import PAGES, form
from identity.oauth.errors import InvalidRequest
from identity.oauth.forms import form_of
from identity.pages.render import chosen_locale, page
from identity.recovery import links, proofs, service
from identity.recovery.models import Recovery, RecoveryState
from identity.recovery.service import ProofRefused, RecoveryNotFound, RecoveryNotReady, RecoveryOver
from identity.sign_in.where import where_of
from kernel.http.address import address_of
from kernel.limits import TooMany, open_door
from kernel.pool import PoolFull

router = Router(tags=["recovery"])
PATH = "/oauth/recovery"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Look:
    """How the page looks next; `kept` is the browser's hold on its recovery, `id.secret`."""

    alert: str | None = None
    status: int = 200
    flow_id: str = ""
    enrolment: str = ""
    kept: str | None = field(default=None, repr=False)


@router.get(PATH, audience=Anyone(), responses=PAGES, problems=[TooMany], dependencies=[Depends(open_door)])
async def recovery_page(request: Request, session: Session) -> Response:
    """How far this browser's recovery has come, or its beginning."""
    return await _page(session, request, Look())


@router.post(PATH, audience=Anyone(), responses=PAGES, openapi_extra=form("interaction", "action"))
async def recovery_submit(request: Request, session: Session) -> Response:
    """A button of the page was pressed."""
    try:
        given = await _posted(request)
    except InvalidRequest as error:
        return page(request, "error.html", status=400, error=error.error)
    action = _ACTIONS.get(given.get("action", ""))
    try:
        look = await action(session, request, given) if action else Look()
    except (ProofRefused, ValueError):
        look = Look(alert="proof_refused", status=403)
    except TooMany:
        look = Look(alert="too_many", status=429)
    except PoolFull:
        look = Look(alert="busy", status=503)
    except (RecoveryOver, RecoveryNotReady, RecoveryNotFound):
        look = Look()
    return await _page(session, request, look)


async def _posted(request: Request) -> dict[str, str]:
    """The form, from the page this browser was shown (CSRF). Raises InvalidRequest."""
    given = await form_of(request)
    if not cookies.same_interaction(request, given.get("interaction")):
        raise InvalidRequest("the form was not posted from the page that was shown")
    return given


@router.get(f"{PATH}/stop", audience=Anyone(), responses=PAGES)
async def stop_page(request: Request, session: Session, token: str = "") -> Response:
    """What a link in a notice opens. Looking stops nothing: mail scanners look as well."""
    step = "ask" if token and await links.counts(session, token) else "over"
    return page(request, "recovery_stop.html", step=step, token=token, switch={"token": token} if token else None)


@router.post(f"{PATH}/stop", audience=Anyone(), responses=PAGES, openapi_extra=form("token"))
async def stop_submit(request: Request, session: Session) -> Response:
    """Stop the recovery of the link, without signing in; the link is used up."""
    try:
        row = await links.use(session, (await form_of(request)).get("token", ""))
        if row is not None:
            await service.cancel(session, row, because="link")
    except InvalidRequest as error:
        return page(request, "error.html", status=400, error=error.error)
    except RecoveryOver:
        row = None
    return page(request, "recovery_stop.html", step="over" if row is None else "stopped", token="")


async def _start(session: AsyncSession, request: Request, given: Mapping[str, str]) -> Look:
    identifier = given.get("identifier", "")[:_LONGEST]
    if not identifier.strip():
        return Look(alert="identifier_missing", status=403)
    started = await service.start(session, identifier, where=where_of(request), locale=chosen_locale(request))
    return Look(kept=f"{started.id}.{started.secret}")


async def _send_sms(session: AsyncSession, request: Request, _given: Mapping[str, str]) -> Look:
    return await _send(session, request, Channel.SMS)


async def _send_email(session: AsyncSession, request: Request, _given: Mapping[str, str]) -> Look:
    return await _send(session, request, Channel.EMAIL)


async def _send(session: AsyncSession, request: Request, channel: Channel) -> Look:
    row = await _held(session, request)
    return Look(flow_id=str(await proofs.send_code(session, row, channel, address=address_of(request))))


async def _prove_code(session: AsyncSession, request: Request, given: Mapping[str, str]) -> Look:
    row = await _held(session, request)
    flow_id = UUID(given.get("flow_id", ""))
    try:
        await proofs.by_code(session, row, flow_id, given.get("code", ""))
    except ProofRefused:
        return Look(alert="proof_refused", status=403, flow_id=str(flow_id))
    return Look()


async def _prove_totp(session: AsyncSession, request: Request, given: Mapping[str, str]) -> Look:
    await proofs.by_totp(session, await _held(session, request), given.get("code", "")[:_LONGEST])
    return Look()


async def _prove_password(session: AsyncSession, request: Request, given: Mapping[str, str]) -> Look:
    pool: Passwords = request.scope["runtime"].parts["passwords"]
    await proofs.by_password(session, await _held(session, request), given.get("password", "")[:_LONGEST], pool)
    return Look()


async def _complete(session: AsyncSession, request: Request, _given: Mapping[str, str]) -> Look:
    return Look(enrolment=await service.complete(session, await _held(session, request)))


async def _cancel(session: AsyncSession, request: Request, _given: Mapping[str, str]) -> Look:
    await service.cancel(session, await _held(session, request), because="asker")
    return Look()


_ACTIONS: dict[str, Callable[[AsyncSession, Request, Mapping[str, str]], Awaitable[Look]]] = {
    "start": _start,
    "send_sms": _send_sms,
    "send_email": _send_email,
    "prove_code": _prove_code,
    "prove_totp": _prove_totp,
    "prove_password": _prove_password,
    "complete": _complete,
    "cancel": _cancel,
}


async def _held(session: AsyncSession, request: Request, kept: str | None = None) -> Recovery:
    """This browser's recovery. Raises RecoveryNotFound."""
    recovery_id, _, secret = (kept or cookies.recovery(request) or "").partition(".")
    try:
        return await service.find(session, UUID(recovery_id), secret)
    except ValueError as error:
        raise RecoveryNotFound from error


async def _page(session: AsyncSession, request: Request, look: Look) -> Response:
    try:
        row: Recovery | None = await _held(session, request, look.kept)
    except RecoveryNotFound:
        row = None
    interaction = cookies.interaction(request) or cookies.new_interaction()
    shown: dict[str, Any] = {
        "step": "done" if look.enrolment else _step(row),
        "alert": look.alert,
        "flow_id": look.flow_id,
        "enrolment": look.enrolment,
        "interaction": interaction,
        "proofs": row.proofs if row is not None else [],
        "ready": "",
        "ready_iso": "",
    }
    if row is not None and row.ready_at is not None:
        local = row.ready_at.astimezone(HANOI)
        shown |= {"ready": local.strftime("%H:%M %d/%m/%Y"), "ready_iso": local.isoformat(timespec="minutes")}
    response = page(request, "recovery.html", status=look.status, switch={}, **shown)
    cookies.keep_interaction(response, interaction)
    if look.kept is not None:
        cookies.keep_recovery(response, look.kept)
    elif row is not None and row.state is RecoveryState.CANCELLED:
        cookies.drop_recovery(response)
    return response


def _step(row: Recovery | None) -> str:
    if row is None:
        return "start"
    if row.state is RecoveryState.WAITING and row.ready_at is not None:
        return "ready" if row.ready_at <= now() else "waiting"
    return {RecoveryState.REQUESTED: "prove", RecoveryState.DONE: "ready", RecoveryState.CANCELLED: "cancelled"}[row.state]
