"""Every claim a relying party may ask for, and how it asks: by scope, by the `claims` parameter, or as verified claims (OpenID IDA)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from hanoismart.text import Text
from identity.attestations.models import AttestationKind
from identity.oauth.errors import InvalidRequest
from identity.people.models import Attribute

FRAMEWORK: Final = "vn_hanoismart"


class Source(StrEnum):
    """Where a claim's value comes from."""

    NAME = "name"
    LOCALE = "locale"
    SEALED = "sealed"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Claim:
    """`key` is its row in the consent ledger; `plain`: whether it may come outside verified claims too."""

    name: str
    key: str
    reveals: Text
    source: Source
    attribute: Attribute | None = None
    attested: AttestationKind | None = None
    plain: bool = True


SCOPES: Final[dict[str, Text]] = {
    "openid": Text(vi="Mã riêng của bạn tại dịch vụ này", en="An identifier of yours that only this service knows"),
    "profile": Text(vi="Họ và tên, ngôn ngữ", en="Your name and language"),
    "phone": Text(vi="Số điện thoại của bạn", en="Your phone number"),
    "email": Text(vi="Địa chỉ thư điện tử của bạn", en="Your e-mail address"),
    "address": Text(vi="Địa chỉ nơi ở của bạn", en="Your home address"),
}
"""The standard scopes (OpenID Connect Core, section 5.4) and what each reveals."""

_ALL: Final = (
    Claim("name", "profile", Text(vi="Họ và tên của bạn", en="Your name"), Source.NAME),
    Claim("locale", "profile", Text(vi="Ngôn ngữ của bạn", en="Your language"), Source.LOCALE),
    Claim("phone_number", "phone", SCOPES["phone"], Source.SEALED, Attribute.PHONE),
    Claim("email", "email", SCOPES["email"], Source.SEALED, Attribute.EMAIL),
    Claim("address", "address", SCOPES["address"], Source.SEALED, Attribute.ADDRESS),
    Claim("birthdate", "claim:birthdate", Text(vi="Ngày sinh của bạn", en="Your date of birth"), Source.SEALED, Attribute.BIRTH_DATE),
    Claim(
        "personal_number",
        "claim:personal_number",
        Text(vi="Số định danh cá nhân hoặc số hộ chiếu của bạn", en="Your personal identification or passport number"),
        Source.SEALED,
        Attribute.IDENTITY_NUMBER,
        plain=False,
    ),
    *(
        Claim(kind.value, f"claim:{kind.value}", reveals, Source.ATTESTED, attested=kind, plain=False)
        for kind, reveals in {
            AttestationKind.RESIDENCE: Text(vi="Phường, xã nơi bạn cư trú", en="The ward or commune you live in"),
            AttestationKind.STUDENT: Text(vi="Bạn là học sinh, sinh viên", en="That you are a pupil or student"),
            AttestationKind.ELDERLY: Text(vi="Bạn là người cao tuổi", en="That you are an elderly person"),
            AttestationKind.DISABILITY: Text(vi="Bạn là người khuyết tật", en="That you live with a disability"),
            AttestationKind.POOR_HOUSEHOLD: Text(vi="Gia đình bạn thuộc hộ nghèo", en="That your household is poor"),
        }.items()
    ),
)
CLAIMS: Final[Mapping[str, Claim]] = {claim.name: claim for claim in _ALL}
REVEALS: Final[Mapping[str, Text]] = {claim.key: claim.reveals for claim in _ALL} | SCOPES


@dataclass(frozen=True, slots=True)
class Asked:
    """What a claims parameter asks for: plain and verified names, those the client calls essential, and the person it expects."""

    plain: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    essential: frozenset[str] = frozenset()
    sub: str | None = None
    acr: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        return list(dict.fromkeys(CLAIMS[name].key for name in (*self.plain, *self.verified)))


def parse(text: str | None) -> Asked:
    """Reads a `claims` parameter (OpenID Connect Core, section 5.5; IDA). Names we do not have are left out. Raises InvalidRequest."""
    if text is None:
        return Asked()
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("claims is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidRequest("claims is an object")
    userinfo, id_token = (_object(document.get(name), name) for name in ("userinfo", "id_token"))
    members = id_token | userinfo
    plain = [name for name in members if name in CLAIMS and CLAIMS[name].plain]
    verified = list(_verified(members.get("verified_claims")))
    essential = {name for name, wish in members.items() if isinstance(wish, dict) and wish.get("essential") is True}
    return Asked(tuple(plain), tuple(verified), frozenset(essential), _sub(members.get("sub")), _acr(id_token.get("acr")))


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequest(f"{name} in claims is an object")
    return value


def _verified(wish: Any) -> Iterable[str]:
    """Names asked for as verified; a framework that is not ours is answered with nothing, as IDA says."""
    for one in wish if isinstance(wish, list) else [wish]:
        if not isinstance(one, dict):
            continue
        verification = one.get("verification")
        names = one.get("claims")
        if not isinstance(verification, dict) or not isinstance(names, dict):
            raise InvalidRequest("verified_claims has verification and claims")
        framework = verification.get("trust_framework")
        if framework in (None, FRAMEWORK, {"value": FRAMEWORK}):
            yield from (name for name in names if name in CLAIMS and CLAIMS[name].source is not Source.LOCALE)


def _sub(wish: Any) -> str | None:
    value = wish.get("value") if isinstance(wish, dict) else None
    return value if isinstance(value, str) else None


def _acr(wish: Any) -> tuple[str, ...]:
    if not isinstance(wish, dict) or wish.get("essential") is not True:
        return ()
    values = wish.get("values") or [wish.get("value")]
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
