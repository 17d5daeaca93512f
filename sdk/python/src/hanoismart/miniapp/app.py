"""One mini-app as its backend writes it down: its name, its keys, and everything it does with the hub."""

import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from joserfc.jwk import OKPKey

from hanoismart import clock, telegram, tokens
from hanoismart.assurance import BASIC
from hanoismart.miniapp.once import MemoryOnce, Once, Taken
from hanoismart.miniapp.people import AssertionRefused, Assertions, KeySource, ScopesMissing, User, dependency
from hanoismart.miniapp.receiving import Handler, Receiver
from hanoismart.text import Text
from hanoismart.tokens import Grant, Launch, PublicKeys, TokenError, TokenKeyUnknown
from hanoismart.webhooks import Received

if TYPE_CHECKING:
    import httpx

    from hanoismart.client import Erasures, Hub, HubKeys, PaymentIntent, Payments, Storage

DEFAULT_HUB: Final = "http://localhost:8000"


class LaunchRefused(Exception):
    """A launch that must not be believed; `step` names the check that failed."""

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(step)


class MiniApp:
    """`keys`: the hub's public keys (a JWK Set, or a function that gives them); left out, they are fetched from `hub` when needed.

    `hub` is where the hub is called, `issuer` its public address where that differs. `key` is this app's own Ed25519 key (a JWK, or the
    path of a file that holds one), needed only for what the app asks of the hub. `secrets` are the webhooks' shared secrets (`whsec_…`).
    `once` remembers what counts once; the default forgets with the process. `app_num` and `app_secret` are for launch data in Telegram's
    grammar: one of them is enough. `confirm_erasures`: after a handler of `account.erased` returned, the hub is told so, where the app
    has a key; switch it off where erasing ends later than the handler. Raises ValueError for a malformed key.
    """

    def __init__(  # noqa: PLR0913 (everything an app may say about itself, each by name)
        self,
        app_id: str,
        *,
        keys: Mapping[str, Any] | KeySource | None = None,
        hub: str | None = None,
        key: OKPKey | Mapping[str, object] | str | Path | None = None,
        issuer: str | None = None,
        secrets: Sequence[str] = (),
        once: Once | None = None,
        app_num: int | None = None,
        app_secret: str | None = None,
        confirm_erasures: bool = True,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self.app_id = app_id
        self._telegram = (app_num, app_secret)
        self.hub_url = (hub or DEFAULT_HUB).rstrip("/")
        self.issuer = issuer or (hub.rstrip("/") if hub else None)
        self._given = keys
        self._key = key
        self._transport = transport
        self._delays: Sequence[float] | None = None
        self._once = once or MemoryOnce()
        self._assertions = Assertions(app_id, self.issuer, self._keys)
        self.webhooks = Receiver(self._keys, secrets, self._once)
        if confirm_erasures:
            self.webhooks.afterwards["account.erased"] = self._erased

    @classmethod
    def from_environment(cls, app_id: str, *, once: Once | None = None, environment: Mapping[str, str] = os.environ) -> "MiniApp":
        """Read HS_HUB_URL, HS_ISSUER (if it differs), HS_KEY_FILE (a JWK), HS_WEBHOOK_SECRETS (space separated) and HS_CONFIRM_ERASURES.

        All may be missing; HS_CONFIRM_ERASURES=0 leaves confirming to the app.
        """
        return cls(
            app_id,
            hub=environment.get("HS_HUB_URL"),
            issuer=environment.get("HS_ISSUER"),
            key=environment.get("HS_KEY_FILE"),
            secrets=environment.get("HS_WEBHOOK_SECRETS", "").split(),
            once=once,
            confirm_erasures=environment.get("HS_CONFIRM_ERASURES", "1") != "0",
        )

    def connect(
        self,
        *,
        hub: str,
        key: OKPKey,
        keys: Mapping[str, Any] | KeySource,
        transport: "httpx.AsyncBaseTransport",
        delays: Sequence[float] = (),
    ) -> None:
        """Speak to another hub from now on, and forget what was remembered: for tests, which bring a hub of their own."""
        self.hub_url = self.issuer = hub
        self._key, self._given, self._transport, self._delays = key, keys, transport, delays
        for made in ("hub", "_held", "_http", "_fetched"):
            vars(self).pop(made, None)
        self._once = MemoryOnce()
        self._assertions = Assertions(self.app_id, hub, self._keys)
        self.webhooks.forget(self._once)

    # Who comes

    async def verify_launch(self, raw: str, *, max_age: int = tokens.LAUNCH_SECONDS) -> Launch:
        """Who opened the app, from the launch data its page got, a token or in Telegram's grammar; it counts once.

        `max_age` in seconds. Telegram's grammar names no level and no scopes. Raises LaunchRefused.
        """
        try:
            launch = await (self._telegram_launch(raw, max_age) if "=" in raw else self._launch(raw, max_age))
        except (TokenError, telegram.TelegramRefused) as refused:
            raise LaunchRefused(refused.step) from refused
        key = f"launch:{launch.grant.jti}"
        if await self._once.take(key) is not Taken.YOURS:
            raise LaunchRefused("reused")
        await self._once.finish(key)
        return launch

    async def _launch(self, raw: str, max_age: int) -> Launch:
        try:
            return self._opened(raw, await self._keys(False), max_age)
        except TokenKeyUnknown:
            return self._opened(raw, await self._keys(True), max_age)

    async def _telegram_launch(self, raw: str, max_age: int) -> Launch:
        app_num, secret = self._telegram
        keys = await self._keys(False) if app_num is not None else None
        told = telegram.verify(raw, now=clock.now(), app_secret=secret, keys=keys, app_num=app_num, max_age=max_age)
        if told.user.sub is None:
            raise LaunchRefused("user")
        grant = Grant(
            issuer=self.issuer or "",
            app_id=self.app_id,
            subject=told.user.sub,
            acr=BASIC,
            jti=told.query_id,
            issued_at=told.auth_date,
            expires_at=told.auth_date + timedelta(seconds=tokens.LAUNCH_SECONDS),
        )
        return Launch(grant=grant, subject=told.user.sub, locale=told.user.language_code or "vi", start_param=told.start_param)

    def _opened(self, raw: str, keys: PublicKeys, max_age: int) -> Launch:
        return tokens.verify_launch(raw, keys=keys, app_id=self.app_id, now=clock.now(), max_age=max_age, issuer=self.issuer)

    async def caller(self, headers: Mapping[str, str], scopes: Sequence[str] = ()) -> User:
        """The person behind a call that came through the gateway. Raises AssertionRefused and ScopesMissing."""
        found = User.of(await self._assertions.grant(headers))
        if found is None:
            raise AssertionRefused("nobody")
        if missing := frozenset(scopes) - found.scopes:
            raise ScopesMissing(missing)
        return found

    def user(self, scopes: Sequence[str] = ()) -> Callable[..., Awaitable[Any]]:
        """A FastAPI dependency: `Depends(app.user(scopes=["profile.name"]))` gives a User; 401 or 403 otherwise."""

        async def find(headers: Mapping[str, str]) -> User:
            return await self.caller(headers, scopes)

        return dependency(find)

    def visitor(self) -> Callable[..., Awaitable[Any]]:
        """A FastAPI dependency for routes open to anyone: a User, or None where nobody needs to be known; 401 past the gateway."""

        async def find(headers: Mapping[str, str]) -> User | None:
            return User.of(await self._assertions.grant(headers))

        return dependency(find)

    # What the hub says

    def webhook(self, kind: str) -> Callable[[Handler], Handler]:
        """Register what happens when the hub says `kind`, once per message; mount `app.webhooks` at the manifest's address.

        Raises ValueError where the type is heard already.
        """

        def register(handler: Handler) -> Handler:
            if kind in self.webhooks.handlers:
                raise ValueError(f"{kind} is heard twice")
            self.webhooks.handlers[kind] = handler
            return handler

        return register

    # What the app asks of the hub

    @cached_property
    def hub(self) -> "Hub":
        """The client of the hub, for calls that have no shorthand here. Raises ValueError where the app has no key."""
        from hanoismart.client.hub import DELAYS, Hub

        delays = DELAYS if self._delays is None else self._delays
        return Hub(self.hub_url, self.app_id, self._own_key(), transport=self._transport, issuer=self.issuer, delays=delays)

    @property
    def erasures(self) -> "Erasures":
        """`await app.erasures.owed()` and `await app.erasures.confirm(id)`."""
        return self.hub.erasures

    async def _erased(self, received: Received) -> None:
        """The handler returned, so it is erased: the hub is told, and where it cannot be, hears of it at the next repetition."""
        if self._key is not None:
            await self.hub.erasures.confirm_heard(received.data)

    @property
    def pay(self) -> "Payments":
        """`await app.pay.create(…)` and `await app.pay.status(…)`."""
        return self.hub.pay

    async def charge(self, sub: str, amount: int, description: Text, reference: str, *, minutes: int = 30) -> "PaymentIntent":
        """Ask a person for `amount` đồng within `minutes`; the same reference gives the same payment. Raises HubRefused."""
        expires_at: datetime = clock.now() + timedelta(minutes=minutes)
        return await self.hub.pay.create(amount=amount, description=description, reference=reference, expires_at=expires_at, sub=sub)

    async def notify(
        self, sub: str, template: str, data: Mapping[str, str | int] | None = None, *, dedupe: str | None = None, link: str | None = None
    ) -> bool:
        """Tell a person something with a template of the manifest; False where it was told before under the same `dedupe`.

        Without `dedupe` every call tells. Uses up one grant of `notify.request` where the person has not agreed to `notifications.send`.
        Raises HubRefused (NotAgreed where there is neither).
        """
        from hanoismart.ids import new_id

        return await self.hub.notify(sub, template, data or {}, dedupe=dedupe or str(new_id()), link=link)

    async def redeem_phone(self, code: str) -> str:
        """The telephone number behind a code of `user.getPhoneCode`, as +84…; once, within two minutes. Raises HubRefused."""
        return (await self.hub.redeem(code))["phone"]

    async def redeem(self, code: str) -> dict[str, str]:
        """What a one-time code opens, by scope. Raises HubRefused."""
        return await self.hub.redeem(code)

    def storage(self, sub: str) -> "Storage":
        """What this app keeps for one person at the hub."""
        return self.hub.storage(sub)

    async def close(self) -> None:
        """Close the connections to the hub."""
        if "hub" in vars(self):
            await self.hub.close()
        if "_fetched" in vars(self):
            await self._http.aclose()

    async def _keys(self, fresh: bool) -> PublicKeys:  # noqa: FBT001 (the type of KeySource)
        if self._given is None:
            return await self._fetched(fresh)
        if callable(self._given):
            return await self._given(fresh)
        return self._held

    @cached_property
    def _held(self) -> PublicKeys:
        if not isinstance(self._given, Mapping):
            raise TypeError("no keys were given")
        return tokens.public_keys(self._given) if "keys" in self._given else self._given

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(base_url=self.hub_url, transport=self._transport, timeout=10.0)

    @cached_property
    def _fetched(self) -> "HubKeys":
        from hanoismart.client import HubKeys

        return HubKeys(self._http)

    def _own_key(self) -> OKPKey:
        key = self._key
        if key is None:
            raise ValueError("this app has no key: give MiniApp(key=…), or set HS_KEY_FILE")
        if isinstance(key, str | Path):
            return tokens.private_key(json.loads(Path(key).read_text(encoding="utf-8")))
        return tokens.private_key(key) if isinstance(key, Mapping) else key
