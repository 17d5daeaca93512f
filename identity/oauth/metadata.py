"""What clients learn from /.well-known (RFC 8414, OpenID Connect Discovery)."""

from typing import Any

from identity.oauth import claims, details
from identity.oauth.algorithms import ALGORITHMS
from identity.oauth.dpop import ALGORITHMS as PROOF_ALGORITHMS
from identity.oauth.endpoints import GRANTS
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
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "scopes_supported": list(claims.SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": list(GRANTS),
        "acr_values_supported": [f"{ACR}{level}" for level in range(4)],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "request_object_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "authorization_details_types_supported": list(details.TYPES),
        "claims_parameter_supported": True,
        "claims_supported": ["sub", "acr", "amr", "auth_time", *(claim.name for claim in claims.CLAIMS.values() if claim.plain)],
        "verified_claims_supported": True,
        "trust_frameworks_supported": [claims.FRAMEWORK],
        "claims_in_verified_claims_supported": [name for name, claim in claims.CLAIMS.items() if claim.source is not claims.Source.LOCALE],
        "display_values_supported": ["page"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "dpop_bound_access_tokens_required": True,
        "ui_locales_supported": ["vi", "en"],
    }
