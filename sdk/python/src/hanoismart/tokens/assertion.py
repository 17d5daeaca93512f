"""The header `HS-Assertion`: the gateway's word to a backend about who is calling, good for one minute."""

from datetime import datetime, timedelta
from typing import Final

from joserfc.jwk import OKPKey

from hanoismart.tokens import signed
from hanoismart.tokens.grant import Grant, check, to_claims
from hanoismart.tokens.keys import PublicKeys

ASSERTION_TYPE: Final = "hs-assertion+jwt"
ASSERTION_SECONDS: Final = 60
ASSERTION_HEADER: Final = "HS-Assertion"


def sign_assertion(grant: Grant, key: OKPKey) -> str:
    """The assertion; raises ValueError where it would live longer than 60 seconds."""
    if grant.expires_at - grant.issued_at > timedelta(seconds=ASSERTION_SECONDS):
        raise ValueError("an assertion lives 60 seconds")
    return signed.sign(to_claims(grant), key, typ=ASSERTION_TYPE)


def verify_assertion(raw: str, *, keys: PublicKeys, app_id: str, now: datetime, issuer: str | None = None) -> Grant:
    """Who calls; `subject` is None on public routes. Raises the TokenError of the first step that fails."""
    claims = signed.open_signed(raw, keys, typ=ASSERTION_TYPE)
    return check(claims, app_id=app_id, now=now, longest=timedelta(seconds=ASSERTION_SECONDS), issuer=issuer)
