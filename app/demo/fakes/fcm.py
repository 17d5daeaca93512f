"""Firebase Cloud Messaging, HTTP v1, as far as a sender sees it: accepts messages, remembers them, fails the way it is told to."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    rpc_status: str
    error_code: str | None = None
    detail_type: str = _FCM_ERROR
    retry_after: int | None = None


FAILURES = {
    "unregistered": Failure(404, "NOT_FOUND", "UNREGISTERED"),
    "sender_mismatch": Failure(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
    "malformed_address": Failure(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    "bad_message": Failure(400, "INVALID_ARGUMENT", detail_type=_BAD_REQUEST),
    "credentials": Failure(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
    "quota": Failure(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after=7),
    "unavailable": Failure(503, "UNAVAILABLE", "UNAVAILABLE"),
}


@dataclass
class Fcm:
    """`failures` holds the names of FAILURES by address: such an address fails until its entry is taken away."""

    received: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1_000))
    failures: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/projects/{project}/messages:send", self._send, methods=["POST"]),
                Route("/messages", self._list, methods=["GET"]),
                Route("/failures/{address}", self._fail, methods=["PUT", "DELETE"]),
            ]
        )

    async def _send(self, request: Request) -> Response:
        self.calls += 1
        asked = await request.json()
        message = asked["message"]
        address = message.get("fid") or message.get("token") or ""
        failure = FAILURES.get(self.failures.get(address, ""))
        if failure is not None:
            return _refusal(failure)
        if not asked.get("validate_only"):
            self.received.append(message)
        return JSONResponse({"name": f"projects/{request.path_params['project']}/messages/{self.calls}"})

    async def _list(self, _request: Request) -> Response:
        return JSONResponse(list(self.received))

    async def _fail(self, request: Request) -> Response:
        address = request.path_params["address"]
        if request.method == "DELETE":
            self.failures.pop(address, None)
        else:
            self.failures[address] = (await request.json())["failure"]
        return Response(status_code=204)


def _refusal(failure: Failure) -> Response:
    detail: dict[str, Any] = {"@type": failure.detail_type}
    if failure.error_code:
        detail["errorCode"] = failure.error_code
    error = {"code": failure.status, "message": "refused on demand", "status": failure.rpc_status, "details": [detail]}
    headers = {"Retry-After": str(failure.retry_after)} if failure.retry_after else {}
    return JSONResponse({"error": error}, failure.status, headers)
