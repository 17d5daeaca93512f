"""What the hub knows of one mini-app and its people, kept in memory: consent, launches, codes, values, payments, messages."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from hanoismart import assurance, clock, tokens, webhooks
from hanoismart.emulator.citizens import Citizen
from hanoismart.gateway import AppState, AppStatus, Caller, app_state
from hanoismart.gateway.policy import Contract
from hanoismart.ids import new_id
from hanoismart.manifest import Manifest, ScopeRequest, parse, purpose_hash
from hanoismart.text import Text
from hanoismart.tokens import Grant, Launch

ISSUER: Final = "http://hub.hanoismart.localhost"
TOKEN_SECONDS: Final = 300
CODE_SECONDS: Final = 120
ERASURE: Final = timedelta(days=20)
ERASED: Final = "account_erased"
MOST_GRANTS: Final = 20
"""Open single notifications of one person for one template."""


class ConsentNeeded(Exception):
    """The person must be asked first; `requests` is what to ask, in the manifest's order and words."""

    def __init__(self, requests: Iterable[ScopeRequest]) -> None:
        self.requests = tuple(requests)
        super().__init__(", ".join(one.scope for one in self.requests))


class LevelTooLow(Exception):
    """The app asks for a verified person."""


class Suspended(Exception):
    """The app is switched off; `reason` says why."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the host gets when a person opens the app."""

    sub: str
    launch_token: str
    access_token: str
    scopes: frozenset[str]
    start_page: str
    start_param: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it goes out: sign it at the moment it is sent."""

    id: str
    type: str
    body: bytes


@dataclass
class Payment:
    """`amount` in đồng."""

    id: str
    sub: str | None
    amount: int
    description: Text
    reference: str
    expires_at: datetime
    state: str = "created"


@dataclass(frozen=True, slots=True)
class Told:
    """A notification a person got."""

    sub: str
    template: str
    text: Text
    link: str | None
    at: datetime


@dataclass
class Erasure:
    """What the app was told to erase; `confirmed_at` is when its backend said it did."""

    id: str
    sub: str
    asked_at: datetime
    due_at: datetime
    confirmed_at: datetime | None = None


@dataclass
class SuperApp:
    """One mini-app's hub. `environment` of a development hub: nothing here is kept when the process ends."""

    manifest: Manifest
    issuer: str = ISSUER
    contract: Contract | None = None
    status: AppStatus = AppStatus.PUBLISHED
    reason: Text | None = None
    epoch: int = 0
    backend_running: bool = False  # a backend that develops beside us needs no address in its manifest
    key: Any = field(default_factory=tokens.new_key)
    webhook_secret: str = field(default_factory=webhooks.new_secret)
    granted: dict[tuple[str, str], str] = field(default_factory=dict)
    declined: dict[tuple[str, str], str] = field(default_factory=dict)
    permissions: dict[tuple[str, str], bool] = field(default_factory=dict)
    people: dict[str, Citizen] = field(default_factory=dict)
    held: dict[str, tuple[Caller, datetime]] = field(default_factory=dict)
    codes: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    grants: dict[tuple[str, str], int] = field(default_factory=dict)
    erasures: dict[str, Erasure] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    told_once: set[str] = field(default_factory=set)
    outbox: list[Delivery] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Mapping[str, object] | bytes | str, **options: Any) -> "SuperApp":
        """Raises ManifestInvalid."""
        return cls(parse(manifest), **options)

    @property
    def app_id(self) -> str:
        return self.manifest.app_id

    def state(self) -> AppState:
        """The app as the gateway looks at it."""
        state = app_state(
            self.manifest, issuer=self.issuer, status=self.status, epoch=self.epoch, contract=self.contract, reason=self.reason
        )
        return replace(state, has_backend=state.has_backend or self.backend_running)

    # People

    def sub_of(self, person: Citizen) -> str:
        """The pairwise name this app knows a citizen by; the same in every run."""
        mac = hmac.new(b"hanoismart emulator", f"{self.app_id}\x1f{person.number}".encode(), sha256).digest()
        sub = "dev." + urlsafe_b64encode(mac).decode()[:32]
        self.people[sub] = person
        return sub

    def agreed(self, sub: str) -> frozenset[str]:
        """The scopes the person agreed to in exactly the manifest's words."""
        return frozenset(one.scope for one in self.manifest.hs.scopes if self.granted.get((sub, one.scope)) == _mark(one))

    def pending(self, sub: str) -> list[ScopeRequest]:
        """What to ask: neither agreed to nor, where it is optional, declined in these words."""
        agreed = self.agreed(sub)
        return [
            one
            for one in self.manifest.hs.scopes
            if one.scope not in agreed and not (one.optional and self.declined.get((sub, one.scope)) == _mark(one))
        ]

    def answer(self, sub: str, *, granted: Iterable[str] = (), declined: Iterable[str] = ()) -> None:
        """Keep a person's answers. Raises ValueError for a scope the manifest does not ask, or a required one declined."""
        asked = {one.scope: one for one in self.manifest.hs.scopes}
        chosen, refused = list(granted), list(declined)
        for scope in (*chosen, *refused):
            if scope not in asked:
                raise ValueError(f"the manifest does not ask {scope}: add {line_for(scope)}")
        if required := [scope for scope in refused if not asked[scope].optional]:
            raise ValueError(f"{required[0]} is required and cannot be declined")
        self.granted |= {(sub, scope): _mark(asked[scope]) for scope in chosen}
        self.declined |= {(sub, scope): _mark(asked[scope]) for scope in refused}

    def withdraw(self, sub: str, scope: str | None = None) -> Delivery:
        """A person takes consent back (for everything where no scope is named); the message the backend gets."""
        for name in [one.scope for one in self.manifest.hs.scopes if scope in {None, one.scope}]:
            self.granted.pop((sub, name), None)
        return self.tell("consent.revoked", {"sub": sub})

    def erase(self, sub: str) -> Delivery:
        """A person ends their account; the message the backend gets."""
        for kept in (self.granted, self.declined, self.permissions):
            for key in [one for one in kept if one[0] == sub]:
                del kept[key]
        for key in [one for one in self.grants if one[0] == sub]:
            del self.grants[key]
        self.values.pop(sub, None)
        duty = Erasure(str(new_id()), sub, clock.now(), clock.now() + ERASURE)
        self.erasures[duty.id] = duty
        data = {"sub": sub, "erasure_id": duty.id, "reason": ERASED, "due_at": duty.due_at.isoformat()}
        return self.tell("account.erased", data)

    # Opening

    def open(self, person: Citizen, *, locale: str | None = None, start_param: str | None = None) -> Opened:
        """Open the app. Raises Suspended, LevelTooLow and ConsentNeeded."""
        self.check_served()
        if not assurance.meets(person.acr, assurance.minimum_acr(self.manifest.hs.min_assurance)):
            raise LevelTooLow(self.manifest.hs.min_assurance)
        sub = self.sub_of(person)
        if pending := self.pending(sub):
            raise ConsentNeeded(pending)
        scopes, access = self.agreed(sub), secrets.token_urlsafe(24)
        caller = Caller(audience=self.app_id, subject=sub, acr=person.acr, scopes=scopes, epoch=self.epoch)
        self.held[access] = (caller, clock.now() + timedelta(seconds=TOKEN_SECONDS))
        raw = self._launch_token(sub, person, scopes, locale or person.language, start_param)
        return Opened(sub, raw, access, scopes, self.manifest.pages[0], start_param)

    def _launch_token(self, sub: str, person: Citizen, scopes: frozenset[str], locale: str, start_param: str | None) -> str:
        issued = clock.now().replace(microsecond=0)
        grant = Grant(
            issuer=self.issuer,
            app_id=self.app_id,
            subject=sub,
            acr=person.acr,
            scopes=scopes,
            jti=str(new_id()),
            issued_at=issued,
            expires_at=issued + timedelta(seconds=tokens.LAUNCH_SECONDS),
        )
        return tokens.sign_launch(Launch(grant=grant, subject=sub, locale=locale, start_param=start_param), self.key)

    def caller(self, access_token: str | None) -> Caller | None:
        """Who holds a page's token; None for no token or one that ran out."""
        held = self.held.get(access_token or "")
        return held[0] if held is not None and held[1] > clock.now() else None

    def check_served(self) -> None:
        """Raises Suspended while the kill switch is on."""
        if self.status is not AppStatus.PUBLISHED:
            raise Suspended(self.reason or Text(vi="Ứng dụng đang tạm dừng", en="The app is suspended"))

    def kill(self, reason: Text) -> None:
        """Switch the app off: no launch, no call, no message, and every token dies."""
        self.status, self.reason, self.epoch = AppStatus.SUSPENDED, reason, self.epoch + 1

    def revive(self) -> None:
        """Switch the app on again."""
        self.status, self.reason = AppStatus.PUBLISHED, None

    # Codes and money

    def code(self, sub: str, scope: str) -> str:
        """A one-time code of two minutes for a value that never stands in a token. Raises ConsentNeeded."""
        if scope not in self.agreed(sub):
            raise ConsentNeeded([one for one in self.manifest.hs.scopes if one.scope == scope])
        made = secrets.token_urlsafe(16)
        self.codes[made] = (sub, scope, clock.now() + timedelta(seconds=CODE_SECONDS))
        return made

    def grant(self, sub: str, templates: Iterable[str]) -> list[str]:
        """A person allows one send of each template; those that gained one. Raises ValueError for more than three and for strange ones."""
        asked, known = list(dict.fromkeys(templates)), {one.template for one in self.manifest.hs.notifications}
        if len(asked) > 3:
            raise ValueError("at most three templates are asked for at a time")
        if strange := [one for one in asked if one not in known]:
            raise ValueError(f"no template {strange[0]} in hs.notifications")
        gained = [one for one in asked if self.grants.get((sub, one), 0) < MOST_GRANTS]
        for one in gained:
            self.grants[sub, one] = self.grants.get((sub, one), 0) + 1
        return gained

    def settle(self, payment_id: str) -> Delivery:
        """The money has come. Raises KeyError for a payment nobody asked for, ValueError where it is over."""
        payment = self.payments[payment_id]
        if payment.state != "created":
            raise ValueError(f"the payment is {payment.state}")
        payment.state = "settled"
        data = {
            "intent_id": payment.id,
            "reference": payment.reference,
            "amount": payment.amount,
            "settled_at": clock.now().isoformat(),
        }
        return self.tell("payment.succeeded", data)

    # Messages

    def tell(self, kind: str, data: Mapping[str, object]) -> Delivery:
        """Put a webhook into the outbox; whoever runs the emulator sends it, if the manifest subscribes to `kind`."""
        delivery = Delivery(f"msg_{new_id().hex}", kind, webhooks.body_of(kind, clock.now(), data))
        hooks = self.manifest.hs.webhooks
        if hooks is not None and kind in hooks.events:
            self.outbox.append(delivery)
        return delivery

    def signed(self, delivery: Delivery) -> dict[str, str]:
        """The headers of one attempt, signed as the hub signs: v1 and v1a."""
        told = webhooks.sign(delivery.id, clock.now(), delivery.body, secrets=[self.webhook_secret], keys=[self.key])
        return {"content-type": "application/json", **told}

    def jwks(self) -> dict[str, Any]:
        """The public keys, as the hub publishes them."""
        return tokens.public_jwks([self.key])


def line_for(scope: str) -> str:
    """The line a manifest lacks for a scope, to be pasted into `hs.scopes`."""
    purpose = {"vi": "Viết lý do bằng tiếng Việt", "en": "Write the reason in English"}
    return json.dumps({"scope": scope, "purpose": purpose}, ensure_ascii=False)


def _mark(request: ScopeRequest) -> str:
    return purpose_hash(request.scope, request.purpose.text)
