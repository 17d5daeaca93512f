"""A developer signed in at a hub from a terminal: RFC 8628 with DPoP, tokens renewed as they age, every call proved."""

import contextlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from hanoismart import __version__, clock
from hanoismart.cli import keeping
from hanoismart.cli.terminal import CommandFailed, Exit
from hanoismart.ids import new_id
from hanoismart.text import Text

CLIENT_ID: Final = "hanoismart-cli"
SCOPE: Final = "openid profile"
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_EARLY: Final = timedelta(seconds=20)
_ATTEMPTS: Final = 3


class HubRefused(CommandFailed):
    """The hub said no; `status` and `code` are the answer's."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code") or document.get("error") or "service.unexpected")
        title = str(document.get("title") or document.get("error_description") or document.get("detail") or "")
        words = Text(vi="Máy chủ từ chối: {title} ({code})", en="The hub refused: {title} ({code})").format(title=title, code=self.code)
        super().__init__(
            words, exit_code=Exit.SIGN_IN if status == 401 else Exit.FAILED, code=self.code, status=status, answer=dict(document)
        )


class HubClient:
    """One hub, from a terminal. Use it in a `with` block; `transport` is for tests."""

    def __init__(self, hub: str, *, language: str = "vi", transport: httpx.BaseTransport | None = None) -> None:
        self.hub = hub
        headers = {"Accept-Language": language, "User-Agent": f"hs/{__version__}"}
        self._http = httpx.Client(base_url=hub, headers=headers, timeout=30, transport=transport)
        self._held = keeping.session(hub)
        self._nonce: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # Signing in

    def sign_in(self, show: Callable[[Mapping[str, Any]], None], *, wait: Callable[[float], None] = time.sleep) -> None:
        """Ask for a code, have it shown, and wait until the person has answered. Raises CommandFailed."""
        key = ECKey.generate_key("P-256")
        self._held = {"dpop": key.as_dict(private=True)}
        asked = self._form("/oauth/device_authorization", {"client_id": CLIENT_ID, "scope": SCOPE})
        show(asked)
        interval, until = float(asked.get("interval", 5)), clock.now() + timedelta(seconds=int(asked["expires_in"]))
        form = {"grant_type": DEVICE_GRANT, "client_id": CLIENT_ID, "device_code": asked["device_code"]}
        while clock.now() < until:
            wait(interval)
            try:
                return self._keep(self._form("/oauth/token", form))
            except HubRefused as refused:
                if refused.code == "slow_down":
                    interval += 5
                elif refused.code != "authorization_pending":
                    raise
        raise CommandFailed(Text(vi="Mã đã hết hạn, hãy đăng nhập lại", en="The code has expired, sign in again"), exit_code=Exit.TIMED_OUT)

    def sign_out(self) -> None:
        """Give the tokens back and forget them; a hub that cannot be reached is no reason to keep them."""
        if self._held and self._held.get("refresh_token"):
            with contextlib.suppress(httpx.HTTPError):
                self._http.post("/oauth/revoke", data={"client_id": CLIENT_ID, "token": self._held["refresh_token"]})
        keeping.forget_session(self.hub)
        self._held = None

    @property
    def signed_in(self) -> bool:
        return bool(self._held and self._held.get("access_token"))

    # Calling

    def open(self, method: str, path: str, **options: Any) -> Any:
        """A call that needs nobody; the JSON document. Raises CommandFailed."""
        return _document(self._tried(lambda: self._http.request(method, path, **options)))

    def call(self, method: str, path: str, *, json: object = None, params: Mapping[str, Any] | None = None) -> Any:
        """A call as the signed-in developer; a POST carries an Idempotency-Key and is repeated under it. Raises CommandFailed."""
        headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
        return _document(self.send(method, path, json=json, params=params, headers=headers))

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> httpx.Response:
        """The answer as it came, good or bad, after one more attempt where the hub asks for a nonce or a fresh token."""
        response = self._tried(lambda: self._signed(method, path, headers, options))
        if response.status_code == 401:
            if not self._heard(response):
                self._renew()
            response = self._tried(lambda: self._signed(method, path, headers, options))
        return response

    def _signed(self, method: str, path: str, headers: Mapping[str, str] | None, options: Mapping[str, Any]) -> httpx.Response:
        token = self._access()
        url = f"{self.hub}{urlsplit(path).path}"
        proved = {"Authorization": f"DPoP {token}", "DPoP": self._proof(method, url, token)}
        response = self._http.request(method, path, headers={**(headers or {}), **proved}, **options)
        self._nonce = response.headers.get("dpop-nonce", self._nonce)
        return response

    def _tried(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = send()
            except httpx.TransportError as failure:
                if attempt == _ATTEMPTS:
                    words = Text(vi="Không kết nối được với {hub}", en="{hub} cannot be reached")
                    raise CommandFailed(words.format(hub=self.hub)) from failure
            else:
                if response.status_code not in {429, 503} or attempt == _ATTEMPTS:
                    return response
            time.sleep(0.5 * attempt)
        raise AssertionError("the last attempt returns or raises")

    def _access(self) -> str:
        held = self._held
        if not held or not held.get("access_token"):
            raise CommandFailed(Text(vi="Chưa đăng nhập: chạy hs login", en="Not signed in: run hs login"), exit_code=Exit.SIGN_IN)
        if datetime.fromisoformat(held["expires_at"]) - _EARLY <= clock.now():
            self._renew()
        return str((self._held or held)["access_token"])

    def _renew(self) -> None:
        held = self._held
        again = Text(vi="Phiên đăng nhập đã hết: chạy hs login", en="The sign-in has ended: run hs login")
        if not held or not held.get("refresh_token"):
            raise CommandFailed(again, exit_code=Exit.SIGN_IN)
        form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": held["refresh_token"]}
        try:
            self._keep(self._form("/oauth/token", form))
        except HubRefused as refused:
            if refused.code != "invalid_grant":
                raise
            keeping.forget_session(self.hub)
            raise CommandFailed(again, exit_code=Exit.SIGN_IN) from refused

    def _keep(self, document: Mapping[str, Any]) -> None:
        expires_at = clock.now() + timedelta(seconds=int(document["expires_in"]))
        held = self._held or {}
        self._held = {
            "dpop": held["dpop"],
            "access_token": document["access_token"],
            "refresh_token": document.get("refresh_token", held.get("refresh_token")),
            "expires_at": expires_at.isoformat(),
        }
        keeping.keep_session(self.hub, self._held)

    def _form(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        def send() -> httpx.Response:
            return self._http.post(path, data=dict(form), headers={"DPoP": self._proof("POST", f"{self.hub}{path}")})

        response = self._tried(send)
        if self._heard(response):
            response = self._tried(send)
        found = _document(response)
        return found if isinstance(found, dict) else {}

    def _heard(self, response: httpx.Response) -> bool:
        nonce = response.headers.get("dpop-nonce")
        if nonce is None or nonce == self._nonce:
            return False
        self._nonce = nonce
        return response.status_code in {400, 401}

    def _proof(self, method: str, url: str, token: str | None = None) -> str:
        key = ECKey.import_key((self._held or {})["dpop"])
        claims: dict[str, object] = {"jti": str(new_id()), "htm": method, "htu": url, "iat": int(clock.now().timestamp())}
        if token is not None:
            claims["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
        return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["ES256"])


def _document(response: httpx.Response) -> Any:
    if response.status_code == 204 or not response.content:
        found: Any = {}
    else:
        try:
            found = response.json()
        except ValueError:
            found = {"detail": response.text[:200]}
    if response.is_error:
        raise HubRefused(response.status_code, found if isinstance(found, dict) else {})
    return found
