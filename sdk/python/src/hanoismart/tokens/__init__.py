"""The signed notes between hub and mini-app: launch tokens and gateway assertions."""

from hanoismart.tokens.assertion import ASSERTION_HEADER, ASSERTION_SECONDS, ASSERTION_TYPE, sign_assertion, verify_assertion
from hanoismart.tokens.errors import (
    TokenAlgorithmRefused,
    TokenAudienceWrong,
    TokenClaimsInvalid,
    TokenError,
    TokenExpired,
    TokenIssuerWrong,
    TokenKeyUnknown,
    TokenMalformed,
    TokenNotYetValid,
    TokenReused,
    TokenSignatureInvalid,
    TokenTypeWrong,
)
from hanoismart.tokens.grant import Grant
from hanoismart.tokens.keys import PublicKeys, kid_of, new_key, private_key, public_jwks, public_keys
from hanoismart.tokens.launch import LAUNCH_SECONDS, LAUNCH_TYPE, Launch, sign_launch, verify_launch

__all__ = [
    "ASSERTION_HEADER",
    "ASSERTION_SECONDS",
    "ASSERTION_TYPE",
    "LAUNCH_SECONDS",
    "LAUNCH_TYPE",
    "Grant",
    "Launch",
    "PublicKeys",
    "TokenAlgorithmRefused",
    "TokenAudienceWrong",
    "TokenClaimsInvalid",
    "TokenError",
    "TokenExpired",
    "TokenIssuerWrong",
    "TokenKeyUnknown",
    "TokenMalformed",
    "TokenNotYetValid",
    "TokenReused",
    "TokenSignatureInvalid",
    "TokenTypeWrong",
    "kid_of",
    "new_key",
    "private_key",
    "public_jwks",
    "public_keys",
    "sign_assertion",
    "sign_launch",
    "verify_assertion",
    "verify_launch",
]
