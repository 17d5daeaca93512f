"""The browser's two cookies: the sign-in session, and the interaction that ties a posted form to the page that was shown."""

import secrets

from fastapi import Request, Response

from identity.sessions.service import LIFETIME
from kernel.settings import settings

RECOVERY_SECONDS = 10 * 86_400  # the longest wait, and the week after it


def _https() -> bool:
    return settings().public_url.startswith("https://")


def _name(plain: str) -> str:
    # The prefix binds a cookie to this host over https; browsers refuse it on plain http, which only development uses.
    return f"__Host-{plain}" if _https() else plain


def session_secret(request: Request) -> str | None:
    return request.cookies.get(_name("hs_session"))


def keep_session(response: Response, secret: str) -> None:
    response.set_cookie(
        _name("hs_session"), secret, max_age=int(LIFETIME.total_seconds()), path="/", secure=_https(), httponly=True, samesite="lax"
    )


def drop_session(response: Response) -> None:
    response.delete_cookie(_name("hs_session"), path="/", secure=_https(), httponly=True, samesite="lax")


def interaction(request: Request) -> str | None:
    return request.cookies.get(_name("hs_interaction"))


def new_interaction() -> str:
    return secrets.token_urlsafe(32)


def keep_interaction(response: Response, value: str) -> None:
    response.set_cookie(_name("hs_interaction"), value, max_age=600, path="/", secure=_https(), httponly=True, samesite="strict")


def same_interaction(request: Request, posted: str | None) -> bool:
    """Whether a form was posted from the page this browser was shown (login CSRF)."""
    kept = interaction(request)
    return bool(kept and posted) and secrets.compare_digest(str(kept).encode(), str(posted).encode())


def recovery(request: Request) -> str | None:
    """This browser's hold on the recovery it began."""
    return request.cookies.get(_name("hs_recovery"))


def keep_recovery(response: Response, value: str) -> None:
    response.set_cookie(_name("hs_recovery"), value, max_age=RECOVERY_SECONDS, path="/", secure=_https(), httponly=True, samesite="strict")


def drop_recovery(response: Response) -> None:
    response.delete_cookie(_name("hs_recovery"), path="/", secure=_https(), httponly=True, samesite="strict")
