"""The documented answers of the OAuth endpoints."""

from typing import Any

from hanoismart.server.schemas import Out


class PushedOut(Out):
    request_uri: str
    expires_in: int


class DeviceOut(Out):
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class IntrospectionOut(Out):
    """Only `active` is always there (RFC 7662, section 2.2)."""

    active: bool
    iss: str | None = None
    sub: str | None = None
    aud: str | None = None
    client_id: str | None = None
    scope: str | None = None
    token_type: str | None = None
    iat: int | None = None
    exp: int | None = None
    jti: str | None = None
    acr: str | None = None
    auth_time: int | None = None
    cnf: dict[str, str] | None = None
    act: dict[str, Any] | None = None
    act_for: dict[str, Any] | None = None
    authorization_details: list[dict[str, Any]] | None = None


class TokenOut(Out):
    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None
    authorization_details: list[dict[str, Any]] | None = None
