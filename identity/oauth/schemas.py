"""The documented answers of the OAuth endpoints."""

from hanoismart.server.schemas import Out


class PushedOut(Out):
    request_uri: str
    expires_in: int


class TokenOut(Out):
    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    id_token: str | None = None
