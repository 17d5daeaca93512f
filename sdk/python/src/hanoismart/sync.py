"""The same mini-app for code that does not await (Flask, Django, scripts): the asynchronous one, run on a thread of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from joserfc.jwk import OKPKey

from hanoismart import tokens
from hanoismart.miniapp import MiniApp as AsyncMiniApp
from hanoismart.miniapp import Once, User
from hanoismart.miniapp.running import Runner
from hanoismart.text import Text
from hanoismart.tokens import Launch
from hanoismart.webhooks import Received

if TYPE_CHECKING:
    import httpx

    from hanoismart.client import Erasure, PaymentIntent


class Payments:
    """Payments of an app, as `hanoismart.client.Payments`."""

    def __init__(self, run: Runner, app: AsyncMiniApp) -> None:
        self._run = run
        self._app = app

    def create(self, *, amount: int, description: Text, reference: str, expires_at: datetime, sub: str | None = None) -> "PaymentIntent":
        """Ask for `amount` đồng; the same reference gives the same payment. Raises HubRefused."""
        return self._run(self._app.pay.create(amount=amount, description=description, reference=reference, expires_at=expires_at, sub=sub))

    def status(self, intent_id: str) -> "PaymentIntent":
        """The payment as it stands. Raises HubRefused."""
        return self._run(self._app.pay.status(intent_id))


class Erasures:
    """What the app was told to erase, as `hanoismart.client.Erasures`."""

    def __init__(self, run: Runner, app: AsyncMiniApp) -> None:
        self._run = run
        self._app = app

    def owed(self) -> "list[Erasure]":
        """What is not confirmed, the oldest first. Raises HubRefused."""
        return self._run(self._app.erasures.owed())

    def confirm(self, erasure_id: str) -> "Erasure":
        """Say that everything about the person is erased. Raises HubRefused."""
        return self._run(self._app.erasures.confirm(erasure_id))


class Storage:
    """One person's values, as `hanoismart.client.Storage`."""

    def __init__(self, run: Runner, app: AsyncMiniApp, sub: str) -> None:
        self._run = run
        self._storage = app.storage(sub)

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` where there is none. Raises HubRefused."""
        return self._run(self._storage.get(key, default))

    def set(self, key: str, value: Any) -> None:
        """Keep a value. Raises HubRefused."""
        self._run(self._storage.set(key, value))

    def remove(self, key: str) -> None:
        """Forget a value. Raises HubRefused."""
        self._run(self._storage.remove(key))

    def info(self) -> dict[str, Any]:
        """The keys, and how many bytes are used of how many. Raises HubRefused."""
        return self._run(self._storage.info())


class MiniApp:
    """As `hanoismart.MiniApp`, whose arguments it takes; every method answers when it is done. Close it, or use it in a `with` block."""

    def __init__(  # noqa: PLR0913 (everything an app may say about itself, each by name)
        self,
        app_id: str,
        *,
        keys: Mapping[str, Any] | None = None,
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
        self._app = AsyncMiniApp(
            app_id,
            keys=keys,
            hub=hub,
            key=key,
            issuer=issuer,
            secrets=secrets,
            once=once,
            app_num=app_num,
            app_secret=app_secret,
            confirm_erasures=confirm_erasures,
            transport=transport,
        )
        self._run = Runner()
        self.app_id = app_id
        self.pay = Payments(self._run, self._app)
        self.erasures = Erasures(self._run, self._app)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def verify_launch(self, raw: str, *, max_age: int = tokens.LAUNCH_SECONDS) -> Launch:
        """Who opened the app; it counts once. Raises LaunchRefused."""
        return self._run(self._app.verify_launch(raw, max_age=max_age))

    def caller(self, headers: Mapping[str, str], scopes: Sequence[str] = ()) -> User:
        """The person behind a call that came through the gateway. Raises AssertionRefused and ScopesMissing."""
        return self._run(self._app.caller(headers, scopes))

    def webhook(self, kind: str) -> Callable[[Callable[[Received], None]], Callable[[Received], None]]:
        """Register a plain function for the hub's `kind`; `receive` calls it once per message, on a thread of the loop's pool."""

        def register(handler: Callable[[Received], None]) -> Callable[[Received], None]:
            async def handled(received: Received) -> None:
                await asyncio.to_thread(handler, received)

            self._app.webhook(kind)(handled)
            return handler

        return register

    def receive(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Check a webhook and act on it once; `body` is the raw bytes as they came. Raises WebhookRefused and what the handler raises."""
        return self._run(self._app.webhooks.receive(headers, body))

    def notify(
        self, sub: str, template: str, data: Mapping[str, str | int] | None = None, *, dedupe: str | None = None, link: str | None = None
    ) -> bool:
        """Tell a person something with a template of the manifest. Raises HubRefused."""
        return self._run(self._app.notify(sub, template, data, dedupe=dedupe, link=link))

    def redeem_phone(self, code: str) -> str:
        """The telephone number behind a code, once. Raises HubRefused."""
        return self._run(self._app.redeem_phone(code))

    def redeem(self, code: str) -> dict[str, str]:
        """What a one-time code opens, by scope. Raises HubRefused."""
        return self._run(self._app.redeem(code))

    def storage(self, sub: str) -> Storage:
        """What this app keeps for one person at the hub."""
        return Storage(self._run, self._app, sub)

    def close(self) -> None:
        """Close the connections and the thread."""
        self._run(self._app.close())
        self._run.stop()
