"""Registrations over HTTP, in the words of RFC 7591 where it has them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out
from hanoismart.text import Text
from identity.clients.models import ClientKind, ClientState, OAuthClient
from identity.clients.releases import Release, Update
from identity.clients.service import ClientSpec
from identity.oauth.claims import REVEALS
from identity.oauth.details import TYPES

Address = Annotated[str, StringConstraints(min_length=8, max_length=500)]
Scope = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,80}$")]
DetailsType = Literal["payment_initiation", "document_signing"]
assert set(TYPES) == set(get_args(DetailsType))  # noqa: S101 (the two lists are one; a difference ends the start)


class TextIn(In):
    vi: Line
    en: Line


class KeysIn(In):
    keys: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10)]


class Changes(In):
    """What may change later; a field that is left out stays as it is."""

    jwks: KeysIn | None = None
    jwks_uri: Address | None = None
    backchannel_logout_uri: Address | None = None
    logo_uri: Address | None = None
    policy_uri: Address | None = None
    post_logout_redirect_uris: Annotated[list[Address], Field(max_length=10)] | None = None
    require_signed_request_object: bool | None = None

    def chosen(self) -> dict[str, Any]:
        """The columns that were given."""
        given = self.model_dump(exclude_unset=True)
        kept = ("jwks", "jwks_uri", "backchannel_logout_uri", "logo_uri", "policy_uri")
        return {name: value for name, value in given.items() if value is not None or name in kept}


class StaffChanges(Changes):
    """What an officer changes besides."""

    name: TextIn | None = None
    redirect_uris: Annotated[list[Address], Field(max_length=10)] | None = None
    scopes: Annotated[list[Scope], Field(max_length=40)] | None = None
    purposes: Annotated[dict[Scope, TextIn], Field(max_length=40)] | None = None
    authorization_details_types: Annotated[list[DetailsType], Field(max_length=2)] | None = None
    device_grant: bool | None = None

    def chosen(self) -> dict[str, Any]:
        given = super().chosen()
        name = given.pop("name", None)
        types = given.pop("authorization_details_types", None)
        return (
            given
            | ({"name_vi": name["vi"], "name_en": name["en"]} if name else {})
            | ({"details_types": types} if types is not None else {})
        )


class ClientIn(In):
    """A registration. Every scope or claim beside `openid` needs its purpose, word for word as people will read it."""

    name: TextIn
    kind: Literal["confidential", "public"] = "confidential"
    redirect_uris: Annotated[list[Address], Field(max_length=10)] = Field(default_factory=list)
    post_logout_redirect_uris: Annotated[list[Address], Field(max_length=10)] = Field(default_factory=list)
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=40)]
    purposes: Annotated[dict[Scope, TextIn], Field(max_length=40)] = Field(default_factory=dict)
    authorization_details_types: Annotated[list[DetailsType], Field(max_length=2)] = Field(default_factory=list)
    jwks: KeysIn | None = None
    jwks_uri: Address | None = None
    sector_identifier_uri: Address | None = None
    backchannel_logout_uri: Address | None = None
    logo_uri: Address | None = None
    policy_uri: Address | None = None
    require_signed_request_object: bool = False
    device_grant: bool = False

    @property
    def unexplained(self) -> list[str]:
        """Scopes that give something away and say no purpose."""
        return [scope for scope in self.scopes if scope in REVEALS and scope != "openid" and scope not in self.purposes]

    def spec(self, organisation_id: UUID | None) -> ClientSpec:
        values = self.model_dump(exclude={"name", "purposes", "kind", "authorization_details_types"})
        return ClientSpec(
            client_id="",
            name=Text(vi=self.name.vi, en=self.name.en),
            kind=ClientKind(self.kind),
            organisation_id=organisation_id,
            purposes={key: Text(vi=text.vi, en=text.en) for key, text in self.purposes.items()},
            details_types=self.authorization_details_types,
            **values,
        )


class StateIn(In):
    state: Literal["active", "suspended"]


class ResourceIn(In):
    resource: Address
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=40)]


class ClientOut(Out):
    client_id: str
    name_vi: str
    name_en: str
    kind: ClientKind
    state: ClientState
    organisation_id: UUID | None
    sector: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    scopes: list[str]
    purposes: dict[str, dict[str, str]]
    authorization_details_types: list[str]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    sector_identifier_uri: str | None
    backchannel_logout_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    require_signed_request_object: bool
    device_grant: bool
    checked_at: datetime | None
    check_problem: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: OAuthClient) -> Self:
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "authorization_details_types"}
        return cls(authorization_details_types=row.details_types, **fields)


class ReleaseIn(In):
    minimum: Line = Field(description="the oldest version that works")
    latest: Line
    store_url: Address
    message: TextIn


class ReleaseOut(Out):
    client_id: str
    platform: str
    minimum: str
    latest: str
    store_url: str
    message_vi: str
    message_en: str
    update: Update | None = Field(description="what an app of the version that was asked about should do")

    @classmethod
    def of(cls, release: Release, update: Update | None) -> Self:
        fields = {name: getattr(release, name) for name in ("client_id", "platform", "minimum", "latest", "store_url")}
        return cls(message_vi=release.message.vi, message_en=release.message.en, update=update, **fields)
