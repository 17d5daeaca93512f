"""The signed note that tells a mini-app who opened it, checked without a call to the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from joserfc.jwk import OKPKey

from hanoismart.tokens import signed
from hanoismart.tokens.errors import TokenClaimsInvalid, TokenReused
from hanoismart.tokens.grant import Grant, check, to_claims
from hanoismart.tokens.keys import PublicKeys

LAUNCH_TYPE: Final = "hs-launch+jwt"
LAUNCH_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One opening of a mini-app by one person; `start_param` is the deep link's path and parameters."""

    grant: Grant
    subject: str
    locale: str
    start_param: str | None = None


def sign_launch(launch: Launch, key: OKPKey) -> str:
    """The launch token; raises ValueError where it would live longer than 300 seconds or names two people."""
    grant = launch.grant
    if grant.expires_at - grant.issued_at > timedelta(seconds=LAUNCH_SECONDS) or grant.subject != launch.subject:
        raise ValueError("a launch lives 300 seconds and names its person")
    claims = {**to_claims(grant), "locale": launch.locale}
    if launch.start_param is not None:
        claims["start_param"] = launch.start_param
    return signed.sign(claims, key, typ=LAUNCH_TYPE)


def verify_launch(
    raw: str,
    *,
    keys: PublicKeys,
    app_id: str,
    now: datetime,
    max_age: int = LAUNCH_SECONDS,
    issuer: str | None = None,
    remember: Callable[[str], bool] | None = None,
) -> Launch:
    """Who opened the app; raises the TokenError of the first step that fails.

    `max_age` is in seconds. A launch counts once: `remember(jti)` must store the id and answer False if it was there before. It is
    asked last, so only ids of valid tokens are ever stored. A caller whose store is asynchronous leaves it out and stores
    `launch.grant.jti` itself, in the transaction that starts the session.
    """
    claims = signed.open_signed(raw, keys, typ=LAUNCH_TYPE)
    longest = timedelta(seconds=min(max_age, LAUNCH_SECONDS))
    grant = check(claims, app_id=app_id, now=now, longest=longest, issuer=issuer)
    if grant.subject is None:
        raise TokenClaimsInvalid("sub")
    launch = Launch(
        grant=grant,
        subject=grant.subject,
        locale=signed.text(claims, "locale", most=35),
        start_param=signed.optional_text(claims, "start_param", most=2048),
    )
    if remember is not None and not remember(grant.jti):
        raise TokenReused
    return launch
