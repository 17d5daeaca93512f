"""What clients learn from /.well-known (RFC 8414, OpenID Connect Discovery)."""

from typing import Any

from identity.oauth.client_authentication import ALGORITHMS
from identity.oauth.dpop import ALGORITHMS as PROOF_ALGORITHMS
from identity.oauth.tokens import ACR
from kernel.settings import settings


def document() -> dict[str, Any]:
    issuer = settings().public_url
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": [f"{ACR}{level}" for level in range(4)],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": False,
        "claims_supported": ["sub", "name", "acr", "amr", "auth_time"],
        "ui_locales_supported": ["vi", "en"],
    }
