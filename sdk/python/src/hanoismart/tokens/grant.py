"""What every token of ours says about a person in one app, and the checks both kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hanoismart import assurance
from hanoismart.tokens import signed
from hanoismart.tokens.errors import TokenAudienceWrong, TokenClaimsInvalid, TokenExpired, TokenIssuerWrong, TokenNotYetValid


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who calls which app, and what the person agreed to.

    `subject` is pairwise and None where nobody needs to be known; `act_for` is the organisation the person acts for, with `roles` there.
    """

    issuer: str
    app_id: str
    subject: str | None
    acr: str
    scopes: frozenset[str] = frozenset()
    act_for: str | None = None
    roles: frozenset[str] = frozenset()
    jti: str
    issued_at: datetime
    expires_at: datetime


def to_claims(grant: Grant) -> dict[str, object]:
    """The claims of a grant; what is absent is left out, never null."""
    claims: dict[str, object] = {
        "iss": grant.issuer,
        "aud": grant.app_id,
        "sub": grant.subject,
        "acr": grant.acr,
        "scopes": sorted(grant.scopes),
        "act_for": grant.act_for,
        "roles": sorted(grant.roles) or None,
        "jti": grant.jti,
        "iat": signed.seconds(grant.issued_at),
        "exp": signed.seconds(grant.expires_at),
    }
    return {name: value for name, value in claims.items() if value is not None}


def check(claims: Mapping[str, object], *, app_id: str, now: datetime, longest: timedelta, issuer: str | None) -> Grant:
    """The grant in some claims, if it is for this app and alive at `now`; raises the TokenError of the step that fails.

    `longest` bounds both what the token allows itself and its age.
    """
    grant = _read(claims)
    if issuer is not None and grant.issuer != issuer:
        raise TokenIssuerWrong
    if grant.app_id != app_id:
        raise TokenAudienceWrong
    if grant.issued_at > now + signed.LEEWAY:
        raise TokenNotYetValid
    if now >= grant.expires_at or now - grant.issued_at > longest:
        raise TokenExpired
    if grant.expires_at <= grant.issued_at:
        raise TokenClaimsInvalid("exp")
    return grant


def _read(claims: Mapping[str, object]) -> Grant:
    acr = signed.text(claims, "acr", most=40)
    try:
        assurance.level(acr)
    except ValueError as strange:
        raise TokenClaimsInvalid("acr") from strange
    grant = Grant(
        issuer=signed.text(claims, "iss"),
        app_id=signed.text(claims, "aud", most=128),
        subject=signed.optional_text(claims, "sub"),
        acr=acr,
        scopes=signed.texts(claims, "scopes"),
        act_for=signed.optional_text(claims, "act_for"),
        roles=signed.texts(claims, "roles"),
        jti=signed.text(claims, "jti"),
        issued_at=signed.moment(claims, "iat"),
        expires_at=signed.moment(claims, "exp"),
    )
    if grant.roles and grant.act_for is None:
        raise TokenClaimsInvalid("roles")
    if grant.subject is None and (grant.scopes or grant.act_for):
        raise TokenClaimsInvalid("sub")
    return grant
