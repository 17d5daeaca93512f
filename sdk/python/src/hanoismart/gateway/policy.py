"""What the gateway must know to decide: the app as the registry has it, and the caller as the token shows them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from hanoismart.assurance import BASIC, minimum_acr
from hanoismart.gateway.paths import Route, Routes
from hanoismart.gateway.quota import QuotaPolicy
from hanoismart.gateway.request import Headers
from hanoismart.manifest import Manifest
from hanoismart.text import Text


class Operation(Protocol):
    """One operation of an app's API description."""

    @property
    def label(self) -> str:
        """Its method and path template."""
        ...

    def check(self, path: str, query: str, headers: Headers, body: bytes) -> str | None:
        """Where a call does not fit (`path`, `query`, `header` or `body`, then a JSON pointer); None where it does."""
        ...


class Contract(Protocol):
    """An app's API description (`hanoismart.gateway.contract`)."""

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a normalised path; GET covers HEAD."""
        ...


class AppStatus(StrEnum):
    """The registry's states; only a published app is served."""

    DRAFT = "draft"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


PER_PERSON: Final = QuotaPolicy("person", 120, 60)
PER_ORIGIN: Final = QuotaPolicy("public", 60, 60)
COLLECTED: Final = 4 * 1024 * 1024
PER_APP: Final = QuotaPolicy("app", 12_000, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """One version of one app. `epoch` rises with every kill: tokens of an older one are refused. Sizes in bytes, timeout in seconds.

    `contract` is the submitted OpenAPI document, which every call but a public one must fit; `stale` says for how many seconds an old
    answer of a route may stand in for a failing backend. `stopped` is why a kill switch is on for calls, `reason` why the app is suspended.
    `max_answer` is the most an answer may bring, where the manifest asks for more than is collected.
    """

    app_id: str
    issuer: str
    status: AppStatus
    version_code: int
    version_revoked: bool = False
    epoch: int = 0
    min_acr: str = BASIC
    scopes: frozenset[str] = frozenset()
    required_scopes: frozenset[str] = frozenset()
    has_backend: bool = True
    public: Routes = field(default_factory=Routes)
    routes: Routes | None = None
    contract: Contract | None = None
    stale: tuple[tuple[Route, int], ...] = ()
    stopped: Text | None = None
    reason: Text | None = None
    timeout: float = 3.0
    max_body: int = 1024 * 1024
    max_answer: int = COLLECTED
    per_person: QuotaPolicy = PER_PERSON
    per_origin: QuotaPolicy = PER_ORIGIN
    per_app: QuotaPolicy = PER_APP


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person behind an exchanged token: whom it is for (`audience` is an app id), and what it carries."""

    audience: str
    subject: str
    acr: str
    scopes: frozenset[str]
    epoch: int
    act_for: str | None = None
    roles: frozenset[str] = frozenset()


def app_state(  # noqa: PLR0913 (each is a fact of its own about the app)
    manifest: Manifest,
    *,
    issuer: str,
    status: AppStatus,
    epoch: int = 0,
    revoked: bool = False,
    routes: Routes | None = None,
    contract: Contract | None = None,
    reason: Text | None = None,
    stopped: Text | None = None,
) -> AppState:
    """The state of a published manifest; `contract`, or `routes` alone, come from its OpenAPI document where there is one."""
    backend = manifest.hs.backend
    return AppState(
        app_id=manifest.app_id,
        issuer=issuer,
        status=status,
        version_code=manifest.version.code,
        version_revoked=revoked,
        epoch=epoch,
        min_acr=minimum_acr(manifest.hs.min_assurance),
        scopes=manifest.scope_names,
        required_scopes=frozenset(one.scope for one in manifest.hs.scopes if not one.optional),
        has_backend=backend is not None,
        public=Routes.public(backend.public if backend else ()),
        routes=routes,
        contract=contract,
        reason=reason,
        stopped=stopped,
        stale=tuple((Routes.public([one.route]).routes[0], one.seconds) for one in (backend.stale_if_error if backend else ())),
        max_answer=backend.max_answer_bytes if backend else COLLECTED,
        timeout=(backend.timeout_ms if backend else 3000) / 1000,
    )
