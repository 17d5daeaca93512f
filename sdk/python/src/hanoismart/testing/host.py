"""A super-app for tests: citizens agree, open the app and call its backend through the real gateway; the hub's messages are signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from hanoismart import tokens
from hanoismart.emulator import BackendApi, Citizen, Delivery, Gateway, HubTransport, InProcess, Opened, SuperApp, citizen
from hanoismart.emulator.superapp import Erasure, Payment, Told
from hanoismart.gateway import Answer, GatewayRequest, Refusal
from hanoismart.gateway.contract import ApiContract
from hanoismart.manifest import parse
from hanoismart.miniapp import MiniApp
from hanoismart.miniapp.running import Runner
from hanoismart.text import Text

WEBHOOK: str = "/hs/webhook"


@dataclass(frozen=True, slots=True)
class Page:
    """The app as one citizen sees it: what the bridge gave the page, and its calls through the gateway."""

    host: "Host"
    person: Citizen
    opened: Opened

    @property
    def sub(self) -> str:
        """The name the app knows this citizen by."""
        return self.opened.sub

    @property
    def launch_token(self) -> str:
        """What the page hands to its backend, for `app.verify_launch`; it counts once."""
        return self.opened.launch_token

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A GET through the gateway; see `request`."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> httpx.Response:
        """A POST of JSON through the gateway; see `request`."""
        return self.request("POST", path, json=json, **options)

    def request(self, method: str, path: str, *, json: object = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """What the page gets: the backend's answer, or the gateway's refusal as a problem with its `code`."""
        return self.host.call(method, path, token=self.opened.access_token, json=json, headers=headers)

    def code(self, scope: str = "phone") -> str:
        """A one-time code as `user.getPhoneCode` gives it. Raises ConsentNeeded."""
        return self.host.superapp.code(self.sub, scope)


class Host:
    """One mini-app's super-app. `backend` is its ASGI app, `app` the `MiniApp` it speaks to the hub with; both may be missing."""

    def __init__(
        self,
        manifest: Mapping[str, object] | bytes | str,
        *,
        backend: object = None,
        app: MiniApp | None = None,
        openapi: Mapping[str, Any] | None = None,
    ) -> None:
        """`openapi` is the document the manifest names: calls that do not fit it are refused. Raises ManifestInvalid, ContractInvalid."""
        contract = ApiContract(openapi) if openapi is not None else None
        self.superapp = SuperApp.of(manifest, backend_running=backend is not None, contract=contract)
        self._api = BackendApi(self.superapp)
        self._reach = InProcess(backend) if backend is not None else None
        self._gateway = Gateway(self.superapp, self._reach) if self._reach is not None else None
        self._run = Runner()
        if app is not None:
            self.bind(app)

    @classmethod
    def of(cls, folder: str | Path = ".", *, backend: object = None, app: MiniApp | None = None) -> "Host":
        """The host of the app whose manifest.json lies in `folder`, with the OpenAPI document it names."""
        place = Path(folder)
        manifest = (place / "manifest.json").read_bytes()
        named = parse(manifest).hs.backend
        document = place / named.openapi if named is not None and named.openapi is not None else None
        openapi = json.loads(document.read_bytes()) if document is not None and document.is_file() else None
        return cls(manifest, backend=backend, app=app, openapi=openapi)

    def bind(self, app: MiniApp) -> None:
        """Make a MiniApp speak to this host: its keys, its address and its own key. Raises ValueError for another app's."""
        if app.app_id != self.superapp.app_id:
            raise ValueError(f"the manifest is {self.superapp.app_id}'s, the MiniApp {app.app_id}")
        app.connect(hub=self.superapp.issuer, key=tokens.new_key(), keys=self.superapp.jwks(), transport=HubTransport(self._api), delays=())

    # People

    def citizen(self, number: int = 1) -> Citizen:
        """One of the twenty test citizens."""
        return citizen(number)

    def agree(self, person: Citizen, *scopes: str) -> str:
        """A citizen agrees to scopes (to all the manifest asks where none is named); the app's name for them. Raises ValueError."""
        sub = self.superapp.sub_of(person)
        self.superapp.answer(sub, granted=scopes or [one.scope for one in self.superapp.manifest.hs.scopes])
        return sub

    def decline(self, person: Citizen, *scopes: str) -> str:
        """A citizen declines scopes (every optional one not agreed to, where none is named). Raises ValueError for a required one."""
        sub = self.superapp.sub_of(person)
        rest = [one.scope for one in self.superapp.pending(sub) if one.optional]
        self.superapp.answer(sub, declined=scopes or rest)
        return sub

    def allow(self, person: Citizen, *templates: str) -> list[str]:
        """A citizen allows one send of each template, as after `notify.request`; those that gained one. Raises ValueError."""
        return self.superapp.grant(self.superapp.sub_of(person), templates)

    def open(self, person: Citizen | int = 1, *, start_param: str | None = None) -> Page:
        """A citizen opens the app. Raises ConsentNeeded until they answered, LevelTooLow, Suspended."""
        who = citizen(person) if isinstance(person, int) else person
        return Page(self, who, self.superapp.open(who, start_param=start_param))

    def withdraw(self, person: Citizen, scope: str | None = None) -> list[httpx.Response]:
        """A citizen takes consent back; what the backend answered to the message."""
        self.superapp.withdraw(self.superapp.sub_of(person), scope)
        return self.deliver()

    def erase(self, person: Citizen) -> list[httpx.Response]:
        """A citizen ends their account; what the backend answered to the message."""
        self.superapp.erase(self.superapp.sub_of(person))
        return self.deliver()

    # Calls and messages

    def call(
        self, method: str, path: str, *, token: str | None = None, json: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One call through the gateway, by a stranger where no token is given. Raises ValueError where there is no backend."""
        if self._gateway is None:
            raise ValueError("give Host(backend=…) the ASGI app of the backend")
        parts, body = urlsplit(path), b"" if json is None else _json(json)
        given = [("accept", "application/json"), *((headers or {}).items())]
        if body:
            given.append(("content-type", "application/json"))
        request = GatewayRequest(method=method, path=parts.path, query=parts.query, headers=tuple(given), origin="test")
        return _response(self._run(self._gateway.call(request, body, token)))

    def send(self, kind: str, data: Mapping[str, object]) -> httpx.Response:
        """Send any message of the hub, signed, whether the manifest subscribes to it or not; the backend's answer."""
        delivery = self.superapp.tell(kind, data)
        self.superapp.outbox.clear()
        return self.deliver_one(delivery)

    def deliver(self) -> list[httpx.Response]:
        """Send what waits in the outbox; the backend's answers."""
        waiting = list(self.superapp.outbox)
        self.superapp.outbox.clear()
        return [self.deliver_one(one) for one in waiting]

    def deliver_one(self, delivery: Delivery) -> httpx.Response:
        """Send one message as the hub would: twice the same delivery is a repetition the backend must not act on twice."""
        if self._reach is None:
            raise ValueError("give Host(backend=…) the ASGI app of the backend")
        hooks = self.superapp.manifest.hs.webhooks
        path = urlsplit(hooks.url).path if hooks is not None and hooks.url is not None else WEBHOOK
        request = httpx.Request("POST", self._reach.base + path, headers=self.superapp.signed(delivery), content=delivery.body)
        return self._run(self._reach.send(request))

    def pay(self, payment: Payment) -> list[httpx.Response]:
        """The money of a payment has come; what the backend answered to the message."""
        self.superapp.settle(payment.id)
        return self.deliver()

    @property
    def payments(self) -> list[Payment]:
        """The payments the backend asked for, oldest first."""
        return list(self.superapp.payments.values())

    @property
    def notifications(self) -> list[Told]:
        """What citizens were told, oldest first."""
        return list(self.superapp.told)

    @property
    def erasures(self) -> list[Erasure]:
        """What the app was told to erase, oldest first; `confirmed_at` is set once its backend said it did."""
        return list(self.superapp.erasures.values())

    def kill(self, vi: str = "Thử công tắc ngắt", en: str = "A try of the kill switch") -> None:
        """Switch the app off."""
        self.superapp.kill(Text(vi=vi, en=en))

    def close(self) -> None:
        """End the host's thread."""
        self._run.stop()


def _response(outcome: Answer | Refusal) -> httpx.Response:
    if isinstance(outcome, Answer):
        return httpx.Response(outcome.status, headers=list(outcome.headers), content=outcome.body)
    document = {"code": outcome.code, "title": outcome.title.en, "status": outcome.status, **outcome.extra}
    return httpx.Response(outcome.status, headers=dict(outcome.headers), json=document)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
