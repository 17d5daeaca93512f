"""How failures leave the house: RFC 9457 documents in the caller's language, never a trace or a value."""

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from hanoismart.problems import Problem
from hanoismart.server.locale import locale_of
from hanoismart.text import Text

MEDIA_TYPE = "application/problem+json"
AWAY = (
    DBAPIError,
    PoolTimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, statement cancelled
    asyncpg.InterfaceError,
    OSError,
)
"""How SQLAlchemy, asyncpg under hot reads, and sockets say that a server of ours cannot be reached now."""
log = structlog.get_logger()


class ProblemBody(BaseModel):
    """The published shape of every refusal (RFC 9457); members beyond these depend on the code."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str | None = None


class Invalid(Problem):
    code = "request.invalid"
    status = 422
    title = Text(vi="Yêu cầu có trường không hợp lệ", en="The request has fields that are not valid")


class Malformed(Problem):
    code = "request.malformed"
    status = 400
    title = Text(vi="Không đọc được nội dung yêu cầu", en="The body of the request cannot be read")


class NotFound(Problem):
    code = "request.not_found"
    status = 404
    title = Text(vi="Không tìm thấy", en="Not found")


class MethodNotAllowed(Problem):
    code = "request.method_not_allowed"
    status = 405
    title = Text(vi="Phương thức không được hỗ trợ", en="The method is not supported here")


class Refused(Problem):
    code = "request.refused"
    status = 400
    title = Text(vi="Yêu cầu bị từ chối", en="The request was refused")


_GIVEN_UP = frozenset({"40001", "40P01"})  # serialization failure, deadlock


class Unavailable(Problem):
    code = "service.unavailable"
    status = 503
    title = Text(vi="Dịch vụ tạm thời gián đoạn, vui lòng thử lại", en="The service is interrupted for a moment, please try again")


class Unexpected(Problem):
    code = "service.unexpected"
    status = 500
    title = Text(vi="Có lỗi ngoài dự kiến", en="Something unexpected went wrong")


def render(request: Request, problem: Problem) -> Response:
    body = problem.body(locale_of(request), instance=request.scope.get("request_id"))
    headers = {"Cache-Control": "no-store"} | problem.headers
    return Response(orjson.dumps(body), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Give `app` the handlers; a package that publishes a format with errors of its own installs its own beside these."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for kind in AWAY:
        app.add_exception_handler(kind, _failed)
    app.add_exception_handler(Exception, _failed)


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise TypeError(type(error).__name__)
    return render(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError(type(error).__name__)
    findings = error.errors()
    if any(finding["type"] == "json_invalid" for finding in findings):
        return render(request, Malformed())
    # The input is not repeated: it may be personal data.
    listed = [{"pointer": _pointer(finding["loc"]), "code": finding["type"], "detail": finding["msg"]} for finding in findings[:20]]
    return render(request, Invalid(errors=listed))


def _pointer(location: tuple[int | str, ...]) -> str:
    """`body`, `query`, `path` or `header`, then a JSON pointer (RFC 6901) into it."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in location)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error).__name__)
    kinds: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed, 400: Malformed, 503: Unavailable}
    kind = kinds.get(error.status_code, Refused)
    headers = dict(error.headers or {})
    if kind is MethodNotAllowed:
        headers["Allow"] = ", ".join(_methods_at(request))
    return render(request, kind(headers=headers))


def _methods_at(request: Request) -> list[str]:
    """What the address knows (RFC 9110, section 15.5.6): a path may be spread over several routes, the most literal of which speak."""
    at = [route for route in request.app.routes if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE]
    fewest = min((route.path.count("{") for route in at), default=0)
    return sorted({method for route in at if route.path.count("{") == fewest for method in route.methods or ()})


async def _failed(request: Request, error: Exception) -> Response:
    return render(request, as_problem(error, request.scope.get("request_id")))


def as_problem(error: Exception, request_id: str | None) -> Problem:
    """What is said of a failure that is no refusal: Unavailable where a server of ours is away, else Unexpected. It is logged here."""
    if isinstance(error, AWAY) and not _statement_failed(error):
        log.warning("database.unavailable", error=type(error).__name__)
        return Unavailable(headers={"Retry-After": "2"})
    # Only the class and the place: a message may hold a value.
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_globals.get('__name__')}:{frame.tb_lineno}" if frame else ""
    log.error("request.unexpected", error=type(error).__name__, place=place, request_id=request_id)
    return Unexpected()


def _statement_failed(error: Exception) -> bool:
    """The database is there and did not like what it was told; a transaction it gave up for another's sake may be tried again."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError)):
        return False
    return getattr(error.orig, "sqlstate", None) not in _GIVEN_UP
