"""What a manifest says, as types: the W3C members unchanged and one object `hs` of our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hanoismart.manifest import grammar
from hanoismart.text import Text

Language = Literal["vi", "en"]
Code = Annotated[int, Field(ge=1, le=2**31 - 1)]
ShortText = Annotated[str, Field(min_length=1, max_length=60)]
Reason = Annotated[str, Field(min_length=5, max_length=300)]
Path = Annotated[str, Field(pattern=grammar.PACKAGE_PATH, max_length=200)]
HttpsUrl = Annotated[
    str, Field(pattern=grammar.HTTPS, max_length=500, json_schema_extra={"format": "uri"}), AfterValidator(grammar.https_url)
]
BaseUrl = Annotated[
    str, Field(pattern=grammar.HTTPS, max_length=300, json_schema_extra={"format": "uri"}), AfterValidator(grammar.base_url)
]
Event = Literal["consent.revoked", "payment.succeeded", "account.erased", "app.version.state_changed"]
Category = Literal[
    "transport",
    "public_services",
    "environment",
    "health",
    "education",
    "culture",
    "tourism",
    "business",
    "community",
    "safety",
    "utilities",
    "other",
]
Audience = Literal["resident", "tourist", "investor", "business", "official"]


class W3CMember(BaseModel):
    """A member of the W3C MiniApp Manifest; what the draft adds later is read over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class HsMember(BaseModel):
    """A member of our own object; nothing unknown may stand in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Icon(W3CMember):
    src: Path
    sizes: Annotated[str, Field(pattern=grammar.ICON_SIZES, max_length=200)] | None = None
    label: ShortText | None = None


PLATFORM: Final = 1
"""What `platform_version` counts: the version of this platform; one that needs a higher one is not taken."""


class Version(W3CMember):
    code: Code
    name: Annotated[str, Field(pattern=grammar.SEMANTIC_VERSION, max_length=100)]


class PlatformVersion(W3CMember):
    min_code: Code
    target_code: Code | None = None
    release_type: ShortText | None = None


class RequiredPermission(W3CMember):
    name: Annotated[str, Field(max_length=60)]
    reason: Reason


class Widget(W3CMember):
    name: ShortText
    path: Path
    min_platform_version: Code | None = None


class Window(W3CMember):
    orientation: Literal["portrait", "landscape"] = "portrait"
    fullscreen: bool = False
    navigation_style: Literal["default", "custom"] = "default"
    navigation_bar_background_color: str | None = Field(default=None, max_length=40)
    navigation_bar_text_style: Literal["white", "black"] | None = None
    navigation_bar_title_text: ShortText | None = None
    background_color: str | None = Field(default=None, max_length=40)
    background_text_style: Literal["dark", "light"] | None = None
    design_width: Annotated[int, Field(ge=1, le=10_000)] | None = None
    enable_pull_down_refresh: bool = False
    on_reach_bottom_distance: Annotated[int, Field(ge=0, le=10_000)] | None = None


class Localisation(HsMember):
    """The manifest's own texts in one language; what is missing here is taken from the W3C members."""

    name: ShortText | None = None
    short_name: ShortText | None = None
    description: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    reason: dict[str, Reason] = Field(default_factory=dict, max_length=50)


class Purpose(HsMember):
    """Why a scope is asked, shown to the person word for word."""

    vi: Reason
    en: Reason

    @property
    def text(self) -> Text:
        return Text(vi=self.vi, en=self.en)


class ScopeRequest(HsMember):
    scope: Annotated[str, Field(max_length=60)]
    purpose: Purpose
    optional: bool = False


class ContentSecurity(HsMember):
    """The hosts a page may reach, beyond its own origin."""

    connect: list[Annotated[str, Field(pattern=grammar.CSP_CONNECT, max_length=260)]] = Field(default_factory=list, max_length=20)
    img: list[Annotated[str, Field(pattern=grammar.CSP_SOURCE, max_length=260)]] = Field(default_factory=list, max_length=20)
    font: list[Annotated[str, Field(pattern=grammar.CSP_SOURCE, max_length=260)]] = Field(default_factory=list, max_length=20)


class StaleRoute(HsMember):
    """A GET route that may be answered with its last good answer while the backend fails, for so many seconds (RFC 5861)."""

    route: Annotated[str, Field(pattern=grammar.STALE_ROUTE, max_length=200)]
    seconds: Annotated[int, Field(ge=1, le=86_400)]


class Backend(HsMember):
    """The service behind the gateway; `public` lists `METHOD /path` patterns open to anyone. Where it runs is registry data.

    Answers above `max_answer_bytes` are refused; above 4 MiB they are passed on as they come.
    """

    base_url: BaseUrl | None = None
    openapi: Path | None = None
    health: Annotated[str, Field(pattern=grammar.URL_PATH, max_length=200)] = "/healthz"
    timeout_ms: Annotated[int, Field(ge=100, le=30_000)] = 3000
    public: list[Annotated[str, Field(pattern=grammar.PUBLIC_ROUTE, max_length=200)]] = Field(default_factory=list, max_length=100)
    stale_if_error: list[StaleRoute] = Field(default_factory=list, max_length=50)
    max_answer_bytes: Annotated[int, Field(ge=1024, le=100 * 1024 * 1024)] = 4 * 1024 * 1024


class Webhooks(HsMember):
    url: HttpsUrl | None = None
    events: list[Event] = Field(max_length=20)


class NotificationTemplate(HsMember):
    template: Annotated[str, Field(pattern=grammar.TEMPLATE_NAME, max_length=80)]
    params: list[Annotated[str, Field(pattern=grammar.PARAMETER, max_length=40)]] = Field(default_factory=list, max_length=20)
    vi: Annotated[str, Field(min_length=1, max_length=500)]
    en: Annotated[str, Field(min_length=1, max_length=500)]


class Payments(HsMember):
    enabled: bool = False
    agency_code: Annotated[str, Field(pattern=grammar.AGENCY_CODE, max_length=40)] | None = None


class Support(HsMember):
    email: Annotated[str, Field(pattern=grammar.EMAIL, max_length=254)]
    phone: Annotated[str, Field(pattern=grammar.PHONE, max_length=20)] | None = None
    url: HttpsUrl | None = None


class Hs(HsMember):
    """Everything the city adds to the W3C manifest."""

    ui: Literal["web", "none"]
    category: Category
    audience: list[Audience] = Field(default=["resident"], min_length=1, max_length=5)
    min_assurance: Literal["basic", "verified"] = "basic"
    profile: Literal["web", "w3c"] = "web"
    telegram_launch: bool = False
    i18n: dict[Language, Localisation] = Field(default_factory=dict)
    scopes: list[ScopeRequest] = Field(default_factory=list, max_length=30)
    csp: ContentSecurity = Field(default_factory=ContentSecurity)
    backend: Backend | None = None
    webhooks: Webhooks | None = None
    notifications: list[NotificationTemplate] = Field(default_factory=list, max_length=50)
    payments: Payments = Field(default_factory=Payments)
    support: Support
    privacy_url: HttpsUrl | None = None


@dataclass(frozen=True, slots=True)
class Localised:
    """A manifest's texts in one language; `reasons` by permission, `purposes` by scope."""

    name: str
    short_name: str
    description: str
    reasons: Mapping[str, str]
    purposes: Mapping[str, str]


class Manifest(W3CMember):
    """A whole manifest.json; build one with `hanoismart.manifest.parse`, which also holds the rules between members."""

    app_id: Annotated[str, Field(pattern=grammar.APP_ID, max_length=128)]
    name: ShortText
    short_name: ShortText | None = None
    description: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    lang: Annotated[str, Field(pattern=grammar.LANGUAGE, max_length=35)] = "vi"
    dir: Literal["ltr", "rtl", "auto"] = "auto"
    icons: list[Icon] = Field(min_length=1, max_length=20)
    version: Version
    platform_version: PlatformVersion
    pages: list[Path] = Field(min_length=1, max_length=200)
    req_permissions: list[RequiredPermission] = Field(default_factory=list, max_length=30)
    widgets: list[Widget] = Field(default_factory=list, max_length=20)
    color_scheme: Literal["dark", "light", "auto"] = "auto"
    device_type: list[ShortText] = Field(default_factory=list, max_length=10)
    window: Window = Field(default_factory=Window)
    hs: Hs

    @property
    def language(self) -> str:
        """The primary language subtag of the W3C members, in lower case."""
        return self.lang.lower().split("-", 1)[0]

    @property
    def scope_names(self) -> frozenset[str]:
        return frozenset(request.scope for request in self.hs.scopes)

    @property
    def permission_names(self) -> frozenset[str]:
        return frozenset(permission.name for permission in self.req_permissions)

    def localised(self, locale: str) -> Localised:
        """The texts in English for an English locale, in Vietnamese for every other."""
        language: Language = "en" if Text(vi="vi", en="en").in_(locale) == "en" else "vi"
        own = self.hs.i18n.get(language, Localisation())
        name = own.name or self.name
        return Localised(
            name=name,
            short_name=own.short_name or (None if own.name else self.short_name) or name,
            description=own.description or self.description or "",
            reasons={one.name: own.reason.get(one.name, one.reason) for one in self.req_permissions},
            purposes={one.scope: one.purpose.text.in_(locale) for one in self.hs.scopes},
        )
