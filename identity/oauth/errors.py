"""RFC 6749 errors: OAuth endpoints answer `{error, error_description}`, not problem documents."""

from typing import ClassVar

import orjson
from fastapi import Request
from fastapi.responses import Response

from hanoismart.problems import Problem
from hanoismart.text import Text


class OAuthError(Problem):
    """One error of the OAuth registry; `keep` lives on as in every Problem."""

    code = "oauth.error"
    status = 400
    title = Text(vi="Yêu cầu OAuth bị từ chối", en="The OAuth request was refused")
    error: ClassVar[str] = "invalid_request"

    def __init__(self, description: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(headers=headers)
        self.description = description


class InvalidRequest(OAuthError):
    code = "oauth.invalid_request"


class InvalidClient(OAuthError):
    code = "oauth.invalid_client"
    status = 401
    error = "invalid_client"
    title = Text(vi="Không xác thực được ứng dụng", en="The client could not be authenticated")


class InvalidGrant(OAuthError):
    code = "oauth.invalid_grant"
    error = "invalid_grant"
    title = Text(vi="Mã hoặc token không còn hiệu lực", en="The code or token is not valid any more")


class GrantBurnt(InvalidGrant):
    """An invalid_grant whose consequence (a burnt code, a dead family) is kept."""

    code = "oauth.grant_burnt"
    keep = True


class UnauthorizedClient(OAuthError):
    code = "oauth.unauthorized_client"
    error = "unauthorized_client"
    title = Text(vi="Ứng dụng không được dùng cách này", en="The client may not use this")


class UnsupportedGrantType(OAuthError):
    code = "oauth.unsupported_grant_type"
    error = "unsupported_grant_type"
    title = Text(vi="Không hỗ trợ loại cấp quyền này", en="The grant type is not supported")


class UnsupportedResponseType(OAuthError):
    code = "oauth.unsupported_response_type"
    error = "unsupported_response_type"
    title = Text(vi="Chỉ hỗ trợ response_type=code", en="Only response_type=code is supported")


class InvalidScope(OAuthError):
    code = "oauth.invalid_scope"
    error = "invalid_scope"
    title = Text(vi="Phạm vi không hợp lệ", en="The scope is not valid")


class InvalidTarget(OAuthError):
    code = "oauth.invalid_target"
    error = "invalid_target"
    title = Text(vi="Tài nguyên đích không hợp lệ", en="The target resource is not valid")


class InvalidDpopProof(OAuthError):
    code = "oauth.invalid_dpop_proof"
    error = "invalid_dpop_proof"
    title = Text(vi="Bằng chứng DPoP không hợp lệ", en="The DPoP proof is not valid")


class UseDpopNonce(OAuthError):
    code = "oauth.use_dpop_nonce"
    error = "use_dpop_nonce"
    title = Text(vi="Cần dùng nonce DPoP của máy chủ", en="The server's DPoP nonce is needed")


class InvalidRequestUri(OAuthError):
    code = "oauth.invalid_request_uri"
    error = "invalid_request_uri"
    title = Text(vi="request_uri không hợp lệ hoặc đã hết hạn", en="The request_uri is not valid or has expired")


class InvalidRequestObject(OAuthError):
    code = "oauth.invalid_request_object"
    error = "invalid_request_object"
    title = Text(vi="Yêu cầu có chữ ký không hợp lệ", en="The signed request is not valid")


class InvalidAuthorizationDetails(OAuthError):
    code = "oauth.invalid_authorization_details"
    error = "invalid_authorization_details"
    title = Text(vi="Chi tiết uỷ quyền không hợp lệ", en="The authorization details are not valid")


class AuthorizationPending(OAuthError):
    """When the device asked is kept, so that the next answer knows whether it waited."""

    keep = True
    code = "oauth.authorization_pending"
    error = "authorization_pending"
    title = Text(vi="Người dùng chưa trả lời", en="The person has not answered yet")


class SlowDown(OAuthError):
    """The longer interval that follows is kept (RFC 8628, section 3.5)."""

    code = "oauth.slow_down"
    error = "slow_down"
    keep = True
    title = Text(vi="Hỏi quá nhanh, hãy chờ lâu hơn", en="Polled too fast; wait longer")


class ExpiredToken(OAuthError):
    code = "oauth.expired_token"
    error = "expired_token"
    title = Text(vi="Mã thiết bị đã hết hạn", en="The device code has expired")


class TemporarilyUnavailable(OAuthError):
    code = "oauth.temporarily_unavailable"
    status = 503
    error = "temporarily_unavailable"
    title = Text(vi="Hiện có quá nhiều thiết bị đang chờ, hãy thử lại", en="Too many devices wait just now; try again")


class AccessDenied(OAuthError):
    code = "oauth.access_denied"
    error = "access_denied"
    title = Text(vi="Người dùng đã từ chối", en="The person refused")


async def render(_request: Request, error: Exception) -> Response:
    """The exception handler of the OAuth app."""
    if not isinstance(error, OAuthError):
        raise TypeError(type(error).__name__)
    body = {"error": error.error}
    if error.description:
        body["error_description"] = error.description
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"} | error.headers
    return Response(orjson.dumps(body), status_code=error.status, headers=headers, media_type="application/json")
