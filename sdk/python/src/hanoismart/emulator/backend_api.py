"""What a backend may ask of the hub, answered from memory with the hub's own words and refusals."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

import httpx

from hanoismart import clock
from hanoismart.emulator.superapp import CODE_SECONDS, ERASED, Erasure, Payment, SuperApp, Told, line_for
from hanoismart.ids import new_id
from hanoismart.scopes import SCOPES, Delivery
from hanoismart.text import Text

Answered = tuple[int, dict[str, Any]]
_REFUSED: Final = {
    "access.token_refused": (401, "Mã truy cập không được chấp nhận", "The access token is not accepted"),
    "backend.person_unknown": (404, "Không có người dùng này", "There is no such person"),
    "backend.not_agreed": (403, "Người dùng chưa đồng ý", "The person has not agreed to this"),
    "backend.purpose_unknown": (422, "Mục đích không đúng như trong manifest", "The purpose is not the manifest's"),
    "backend.template_unknown": (422, "Mẫu thông báo không có trong manifest", "The template is not in the manifest"),
    "backend.payments_not_enabled": (409, "Ứng dụng chưa được phép thu tiền", "The app may not charge"),
    "backend.erasure_not_found": (404, "Không có yêu cầu xóa này", "There is no such request to erase"),
    "backend.code_refused": (409, "Mã không đúng, đã dùng hoặc quá hạn", "The code is wrong, used or too old"),
    "miniapps.suspended": (403, "Ứng dụng đang bị tạm dừng", "The app is suspended"),
    "miniapps.storage_key_not_found": (404, "Không có khóa này", "There is no such key"),
    "miniapps.storage_full": (413, "Bộ nhớ của ứng dụng đã đầy", "The app's storage is full"),
    "miniapps.storage_value_too_large": (413, "Giá trị vượt quá 64 KB", "The value is larger than 64 KB"),
    "payments.intent_not_found": (404, "Không có khoản thanh toán này", "There is no such payment"),
    "payments.intent_differs": (409, "Mã tham chiếu đã dùng cho khoản khác", "The reference stands for another payment"),
    "service.not_found": (404, "Không có địa chỉ này", "There is no such address"),
}
MAX_VALUE: Final = 64 * 1024
MAX_ALL: Final = 1024 * 1024


class Refused(Exception):
    """A refusal with the hub's own code."""

    def __init__(self, code: str, **extra: object) -> None:
        self.code = code
        self.extra = extra
        super().__init__(code)

    def answer(self) -> Answered:
        """Status and problem document."""
        status, vi, en = _REFUSED[self.code]
        return status, {"code": self.code, "title": f"{vi} / {en}", "status": status, **self.extra}


class BackendApi:
    """Routes one call; who calls is believed from the token the emulator gave out."""

    def __init__(self, superapp: SuperApp) -> None:
        self._app = superapp
        self._tokens: set[str] = set()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Status and JSON document. Never raises."""
        try:
            return self._routed(method, path, headers, body)
        except Refused as refused:
            return refused.answer()

    def _routed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
        if path == "/.well-known/hanoismart/miniapp-keys.json":
            return 200, self._app.jwks()
        if path == "/oauth/token":
            return self._token(body)
        if headers.get("authorization", "").removeprefix("DPoP ") not in self._tokens:
            raise Refused("access.token_refused")
        if self._app.reason is not None:
            raise Refused("miniapps.suspended", reason={"vi": self._app.reason.vi, "en": self._app.reason.en})
        return self._does(method, path.removeprefix("/v1/backend/"), json.loads(body) if body else {})

    def _does(self, method: str, path: str, asked: Mapping[str, Any]) -> Answered:
        first, *rest = [unquote(part) for part in path.split("/")]
        if first == "storage" and rest:
            return stored(self._app, method, self._known(rest[0]), rest[1:], asked)
        if first == "erasures":
            return self._erased(method, rest)
        if first == "payments" and method == "GET" and rest:
            return 200, _intent(self._payment(rest[0]))
        does = {
            "notifications": self._notify,
            "payments": self._charge,
            "people/read": self._read,
            "people/facts": self._facts,
            "codes/redeem": self._redeem,
        }.get(path)
        if does is None or method != "POST":
            raise Refused("service.not_found")
        return does(asked)

    def _token(self, body: bytes) -> Answered:
        form = dict(httpx.QueryParams(body.decode()).items())
        try:
            claims = json.loads(urlsafe_b64decode(form["client_assertion"].split(".")[1] + "=="))
        except (KeyError, IndexError, ValueError):
            return 401, {"error": "invalid_client"}
        if claims.get("sub") != self._app.app_id:
            return 401, {"error": "invalid_client", "error_description": f"this emulator runs {self._app.app_id}"}
        token = new_id().hex
        self._tokens.add(token)
        return 200, {"access_token": token, "token_type": "DPoP", "expires_in": 300}

    def _known(self, sub: str) -> str:
        if sub not in self._app.people:
            raise Refused("backend.person_unknown")
        return sub

    def _need(self, sub: str, *scopes: str) -> None:
        missing = set(scopes) - self._app.agreed(sub)
        if missing:
            absent = sorted(missing - self._app.manifest.scope_names)
            told = {"add": [line_for(scope) for scope in absent]} if absent else {}
            raise Refused("backend.not_agreed", scopes=sorted(missing), **told)

    def _purpose(self, scopes: Iterable[str], told: Mapping[str, str]) -> None:
        """What is read is read for the purpose the person agreed to, word for word."""
        asked = {one.scope: one.purpose for one in self._app.manifest.hs.scopes}
        if any(scope not in asked or (asked[scope].vi, asked[scope].en) != (told["vi"], told["en"]) for scope in scopes):
            raise Refused("backend.purpose_unknown")

    def _notify(self, asked: Mapping[str, Any]) -> Answered:
        sub = self._known(asked["sub"])
        template = next((one for one in self._app.manifest.hs.notifications if one.template == asked["template"]), None)
        if template is None or set(template.params) != set(asked["data"]):
            raise Refused("backend.template_unknown", template=asked["template"])
        key = f"{sub}|{asked['dedupe']}"
        if key in self._app.told_once:
            return 201, {"sent": False}
        if "notifications.send" not in self._app.agreed(sub):
            if not self._app.grants.get((sub, template.template)):
                self._need(sub, "notifications.send")
            self._app.grants[sub, template.template] -= 1
        self._app.told_once.add(key)
        text = Text(vi=template.vi, en=template.en).format(**asked["data"])
        self._app.told.append(Told(sub, template.template, text, asked.get("link"), clock.now()))
        return 201, {"sent": True}

    def _charge(self, asked: Mapping[str, Any]) -> Answered:
        if not self._app.manifest.hs.payments.enabled:
            raise Refused("backend.payments_not_enabled")
        if asked.get("sub") is not None:
            self._need(self._known(asked["sub"]), "payments.charge")
        same = next((one for one in self._app.payments.values() if one.reference == asked["reference"]), None)
        if same is None:
            words = Text(vi=asked["description"]["vi"], en=asked["description"]["en"])
            expires = datetime.fromisoformat(asked["expires_at"])
            same = Payment(str(new_id()), asked.get("sub"), int(asked["amount"]), words, asked["reference"], expires)
            self._app.payments[same.id] = same
        elif same.amount != asked["amount"]:
            raise Refused("payments.intent_differs")
        return 201, _intent(same)

    def _payment(self, intent_id: str) -> Payment:
        if intent_id not in self._app.payments:
            raise Refused("payments.intent_not_found")
        return self._app.payments[intent_id]

    def _read(self, asked: Mapping[str, Any]) -> Answered:
        sub = self._known(asked["sub"])
        self._need(sub, *asked["attributes"])
        self._purpose(asked["attributes"], asked["purpose"])
        values = self._app.people[sub].attributes()
        return 200, {"values": {name: values[name] for name in asked["attributes"] if name in values}}

    def _facts(self, asked: Mapping[str, Any]) -> Answered:
        wanted = [name for name in asked["attributes"] if name.startswith("status.")]
        self._purpose(wanted, asked["purpose"])
        people = {}
        for sub in asked["subs"]:
            if sub in self._app.people and set(wanted) <= self._app.agreed(sub):
                values = self._app.people[sub].attributes()
                people[sub] = {name: values[name] for name in wanted}
        return 200, {"people": people}

    def _erased(self, method: str, rest: list[str]) -> Answered:
        if method == "GET" and not rest:
            return 200, {"items": [_duty(one) for one in self._app.erasures.values() if one.confirmed_at is None], "next": None}
        if method != "POST" or rest[1:] != ["confirm"] or rest[0] not in self._app.erasures:
            raise Refused("backend.erasure_not_found")
        duty = self._app.erasures[rest[0]]
        duty.confirmed_at = duty.confirmed_at or clock.now()
        return 200, _duty(duty)

    def _redeem(self, asked: Mapping[str, Any]) -> Answered:
        kept = self._app.codes.pop(str(asked.get("code")), None)
        if kept is None or kept[2] <= clock.now():
            raise Refused("backend.code_refused", seconds=CODE_SECONDS)
        sub, scope, _ = kept
        self._need(sub, scope)
        return 200, {"sub": sub, "scope": scope, "values": {scope: self._app.people[sub].attributes()[scope]}}


def stored(app: SuperApp, method: str, sub: str, rest: list[str], asked: Mapping[str, Any]) -> Answered:
    """One person's values, for the backend and for the page alike. Raises what `BackendApi.answer` renders."""
    values = app.values.setdefault(sub, {})
    if not rest:
        return 200, {"keys": sorted(values), "size": _size(values), "limit": MAX_ALL, "values": {}}
    key = rest[0]
    if method == "PUT":
        return 200, {"size": put(app, sub, {key: asked["value"]})}
    if method == "DELETE":
        values.pop(key, None)
        return 200, {"size": _size(values)}
    if key not in values:
        raise Refused("miniapps.storage_key_not_found")
    return 200, {"value": values[key]}


def put(app: SuperApp, sub: str, entries: Mapping[str, Any]) -> int:
    """Keep all of the entries or none; the bytes that are used then. Raises Refused."""
    if any(len(_json(value)) > MAX_VALUE for value in entries.values()):
        raise Refused("miniapps.storage_value_too_large")
    after = {**app.values.get(sub, {}), **entries}
    if _size(after) > MAX_ALL:
        raise Refused("miniapps.storage_full")
    app.values[sub] = after
    return _size(after)


def _size(values: Mapping[str, Any]) -> int:
    return sum(len(key.encode()) + len(_json(value)) for key, value in values.items())


class HubTransport(httpx.AsyncBaseTransport):
    """Brings a backend's calls to the super-app in memory, without a socket."""

    def __init__(self, api: BackendApi) -> None:
        self._api = api

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, document = self._api.answer(request.method, request.url.path, request.headers, await request.aread())
        return httpx.Response(status, json=document) if status != 204 else httpx.Response(204)


def scopes_redeemed() -> tuple[str, ...]:
    """The scopes whose value comes by a one-time code."""
    return tuple(name for name, scope in SCOPES.items() if scope.delivery is Delivery.REDEEM)


def _intent(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "state": payment.state,
        "amount": payment.amount,
        "reference": payment.reference,
        "qr_text": f"EMULATOR|{payment.id}|{payment.amount}",
        "expires_at": payment.expires_at.isoformat(),
    }


def _duty(duty: Erasure) -> dict[str, Any]:
    return {
        "id": duty.id,
        "sub": duty.sub,
        "reason": ERASED,
        "asked_at": duty.asked_at.isoformat(),
        "due_at": duty.due_at.isoformat(),
        "confirmed_at": None if duty.confirmed_at is None else duty.confirmed_at.isoformat(),
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
