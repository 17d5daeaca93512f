"""Which addresses and keys a registration may hold: decided purely, before anything is written or fetched."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.clients.models import ClientKind
from kernel.outbound import is_public

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MOST_KEYS: Final = 10
RSA_BITS: Final = 2048
LONGEST_HOST: Final = 200
MOST_RSA: Final = 1400
"""Characters of a modulus: 8192 bits, for whatever is longer costs us at every signature."""
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class RegistrationRefused(Problem):
    """`field` names what is wrong, `reason` why, in words a developer can act on."""

    code = "clients.registration_refused"
    status = 422
    title = Text(vi="Thông tin đăng ký ứng dụng không hợp lệ", en="The registration of the client is not valid")

    def __init__(self, field: str, reason: Text) -> None:
        super().__init__(reason, field=field)


_NOT_HTTPS = Text(
    vi="Phải là địa chỉ https công khai, không có phần #, tên người dùng hay *", en="An open https address without fragment, user or *"
)
_REDIRECT = Text(
    vi="Phải là https; chỉ ứng dụng công khai mới dùng http://127.0.0.1 hoặc http://[::1]",
    en="An https address; only public clients may use http://127.0.0.1 or http://[::1]",
)
_KEYS = Text(
    vi="Cần 1 đến 10 khoá công khai ES256, EdDSA hoặc PS256 có kid", en="1 to 10 public keys for ES256, EdDSA or PS256, each with a kid"
)
_SECTOR = Text(
    vi="Các redirect_uri ở nhiều tên miền cần sector_identifier_uri", en="Redirect addresses at several hosts need a sector_identifier_uri"
)
_EITHER = Text(vi="Cần đúng một trong jwks và jwks_uri", en="Exactly one of jwks and jwks_uri")
_NONE = Text(vi="Ứng dụng công khai không có khoá", en="A public client has no keys")


def check_redirects(kind: ClientKind, uris: Sequence[str], *, inward: bool) -> None:
    """Claimed https addresses, and for public clients the loopback (RFC 8252). Raises RegistrationRefused."""
    for uri in uris:
        parts = _split(uri)
        native = kind is ClientKind.PUBLIC and parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
        if parts is None or not (native or _open(parts, inward=inward)):
            raise RegistrationRefused("redirect_uris", _REDIRECT)


def check_address(field: str, uri: str | None, *, inward: bool) -> None:
    """An address the hub will call or show. Raises RegistrationRefused."""
    parts = _split(uri) if uri is not None else None
    if uri is not None and (parts is None or not _open(parts, inward=inward)):
        raise RegistrationRefused(field, _NOT_HTTPS)


def _split(uri: str) -> SplitResult | None:
    if len(uri) > 500 or not uri.isascii() or not uri.isprintable() or any(mark in uri for mark in "\\*# <>\"'`{}|^"):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    if not _is_host(parts.hostname) or parts.username is not None or parts.password is not None or ".." in parts.path:
        return None
    return parts


def _is_host(host: str | None) -> bool:
    """A name as the DNS has it, or an address without a zone; short enough to be a sector."""
    if host is None or len(host) > LONGEST_HOST:
        return False
    if ":" not in host:
        return _HOST.fullmatch(host) is not None
    try:
        return ipaddress.IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _open(parts: SplitResult, *, inward: bool) -> bool:
    """Https to a name or address of the open internet; `inward` lets development call itself by http."""
    host = parts.hostname or ""
    local = host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or _is_inner(host)
    if local:
        return inward and parts.scheme in {"http", "https"}
    return parts.scheme == "https" and "." in host and "xn--" not in host


def _is_inner(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rsplit(".", maxsplit=1)[-1]
        return last.isdigit() or last.startswith("0x")  # 2130706433, 127.1 and 0x7f.1 are addresses to some resolvers
    return not is_public(host)


def check_keys(kind: ClientKind, jwks: Mapping[str, Any] | None, jwks_uri: str | None) -> None:
    """Raises RegistrationRefused."""
    if kind is ClientKind.PUBLIC:
        if jwks or jwks_uri:
            raise RegistrationRefused("jwks", _NONE)
        return
    if (jwks is None) == (jwks_uri is None):
        raise RegistrationRefused("jwks", _EITHER)
    if jwks is not None and not usable_keys(jwks):
        raise RegistrationRefused("jwks", _KEYS)


def usable_keys(jwks: Any) -> bool:
    """Whether a JWKS holds public keys of our algorithms only, each with an id of its own."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        return False
    kids = [key.get("kid") for key in keys]
    if (
        any(PRIVATE_MEMBERS & key.keys() for key in keys)
        or len(set(map(str, kids))) != len(kids)
        or not all(isinstance(kid, str) for kid in kids)
    ):
        return False
    try:
        KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return all(_usable(key) for key in keys)


def _usable(key: Mapping[str, Any]) -> bool:
    match key.get("kty"), key.get("crv"):
        case ("EC", "P-256") | ("OKP", "Ed25519"):
            return True
        case ("RSA", None):
            return len(str(key.get("n", ""))) * 6 >= RSA_BITS and len(str(key.get("n"))) <= MOST_RSA and len(str(key.get("e"))) <= 6
        case _:
            return False


def sector_of(redirects: Iterable[str], sector_identifier_uri: str | None, client_id: str) -> str:
    """Whom a person's subject is shared with: the host of a sector document where one is named, else this client alone.

    Raises RegistrationRefused where redirect addresses lie at several hosts and no document says they belong together
    (OpenID Connect Registration, section 5).
    """
    if sector_identifier_uri is not None:
        return urlsplit(sector_identifier_uri).hostname or client_id
    if len({urlsplit(uri).hostname for uri in redirects} - LOOPBACK) > 1:
        raise RegistrationRefused("sector_identifier_uri", _SECTOR)
    return client_id
