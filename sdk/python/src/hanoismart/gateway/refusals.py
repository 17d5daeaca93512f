"""Every way the gateway says no, each step with a code of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hanoismart.gateway.request import Refusal
from hanoismart.text import Text


def _refusal(status: int, code: str, vi: str, en: str) -> Refusal:
    return Refusal(status=status, code=f"gateway.{code}", title=Text(vi=vi, en=en))


PATH_INVALID = _refusal(400, "path_invalid", "Đường dẫn không hợp lệ", "The path is not valid")
HEADER_INVALID = _refusal(400, "header_invalid", "Tiêu đề HTTP không hợp lệ", "A header is not valid")
METHOD_REFUSED = _refusal(405, "method_refused", "Phương thức không được hỗ trợ", "The method is not supported")
TOKEN_REQUIRED = _refusal(401, "token_required", "Cần đăng nhập trong ứng dụng", "Sign in through the app first")
WRONG_AUDIENCE = _refusal(403, "wrong_audience", "Mã truy cập dành cho ứng dụng khác", "The token is meant for another app")
TOKEN_OUTDATED = _refusal(401, "token_outdated", "Mã truy cập không còn hiệu lực", "The token is no longer in force")
APP_UNKNOWN = _refusal(404, "app_unknown", "Không có ứng dụng này", "There is no such app")
APP_SUSPENDED = _refusal(403, "app_suspended", "Ứng dụng đang bị tạm dừng", "The app is suspended")
VERSION_REVOKED = _refusal(410, "version_revoked", "Phiên bản này không còn được phục vụ", "This version is no longer served")
NO_BACKEND = _refusal(404, "no_backend", "Ứng dụng không có máy chủ", "The app has no backend")
ROUTE_UNKNOWN = _refusal(404, "route_unknown", "Ứng dụng không có đường dẫn này", "The app has no such route")
BODY_TOO_LARGE = _refusal(413, "body_too_large", "Nội dung yêu cầu quá lớn", "The body of the request is too large")
BACKEND_UNREACHABLE = _refusal(502, "backend_unreachable", "Không kết nối được với dịch vụ", "The service cannot be reached")
BACKEND_TIMEOUT = _refusal(504, "backend_timeout", "Dịch vụ trả lời quá chậm", "The service took too long to answer")
ANSWER_TOO_LARGE = _refusal(502, "answer_too_large", "Câu trả lời của dịch vụ quá lớn", "The service's answer is too large")
ANSWER_TYPE_REFUSED = _refusal(
    502,
    "answer_type_refused",
    "Dịch vụ trả về loại nội dung không được phép",
    "The service answered with a content type that is not allowed",
)
ANSWER_INVALID = _refusal(502, "answer_invalid", "Câu trả lời của dịch vụ không hợp lệ", "The service's answer is not valid")

REQUEST_INVALID = _refusal(
    422, "request_invalid", "Yêu cầu không khớp với mô tả API của ứng dụng", "The request does not fit the app's API description"
)
BUSY = _refusal(503, "busy", "Ứng dụng đang quá tải", "The app has too many calls under way")


def assurance_required(minimum: str) -> Refusal:
    """The person must show more of who they are; the challenge is RFC 9470's."""
    return Refusal(
        status=401,
        code="gateway.assurance_required",
        title=Text(vi="Cần mức xác thực danh tính cao hơn", en="A higher level of identification is needed"),
        headers={"WWW-Authenticate": f'DPoP error="insufficient_user_authentication", acr_values="{minimum}"'},
        extra={"acr_values": minimum},
    )


def consent_required(scopes: Iterable[str]) -> Refusal:
    """The person has not agreed to something the app cannot do without."""
    return Refusal(
        status=403,
        code="gateway.consent_required",
        title=Text(vi="Cần sự đồng ý của bạn", en="Your consent is needed"),
        extra={"scopes": sorted(scopes)},
    )


def too_many(headers: Mapping[str, str]) -> Refusal:
    """The quota is used up; the headers say when it is not."""
    return Refusal(status=429, code="gateway.too_many", title=Text(vi="Quá nhiều yêu cầu", en="Too many requests"), headers=headers)


def request_invalid(pointer: str) -> Refusal:
    """The call does not fit the app's OpenAPI document; `pointer` names the place: path, query, header or body, then a JSON pointer."""
    return replace(REQUEST_INVALID, extra={"pointer": pointer})


def suspended(reason: Text | None) -> Refusal:
    """The app is suspended, for this reason where one is told."""
    return APP_SUSPENDED if reason is None else replace(APP_SUSPENDED, extra={"reason": {"vi": reason.vi, "en": reason.en}})


def stopped(reason: Text) -> Refusal:
    """A kill switch is on for what was called."""
    return Refusal(
        status=403,
        code="gateway.stopped",
        title=Text(vi="Chức năng này đang tạm dừng", en="This function is stopped for the moment"),
        extra={"reason": {"vi": reason.vi, "en": reason.en}},
    )


def interrupted(seconds: int) -> Refusal:
    """The backend failed so often that it is left alone for a while."""
    return Refusal(
        status=503,
        code="gateway.backend_interrupted",
        title=Text(vi="Dịch vụ đang gián đoạn", en="The service is interrupted"),
        headers={"Retry-After": str(max(1, seconds))},
    )
