"""Launch data in Telegram's grammar, for apps that were written for it: made by the hub, checked by a backend without a call.

The grammar is that of Telegram Mini Apps' init data; the keys are ours alone, and Telegram's own keys are never trusted. Sign first:
the hash covers the signature.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Final
from urllib.parse import parse_qsl, quote

from joserfc.jwk import OKPKey

from hanoismart.text import Text
from hanoismart.tokens import signed
from hanoismart.tokens.keys import PublicKeys

MAX_AGE: Final = 300  # seconds
MAX_LENGTH: Final = 8192  # characters
_AHEAD: Final = timedelta(seconds=10)
_KNOWN: Final = frozenset({"auth_date", "query_id", "user", "start_param", "signature", "hash"})


class TelegramRefused(Exception):
    """Launch data that must not be believed; `step` names the check that failed, in the order the checks are made."""

    titles: ClassVar[Mapping[str, Text]] = {
        "form": Text(vi="Dữ liệu không phải các cặp khóa=giá trị mã hóa URL.", en="The data is not URL-encoded pairs."),
        "keys": Text(vi="Cần app secret hoặc khóa công khai để kiểm tra.", en="An app secret or public keys are needed to check."),
        "hash": Text(vi="hash không khớp với nội dung và app secret.", en="The hash does not fit the content and the app secret."),
        "signature": Text(vi="Chữ ký Ed25519 không đúng với nội dung.", en="The Ed25519 signature does not fit the content."),
        "auth_date": Text(vi="auth_date phải là giây Unix.", en="auth_date must be Unix seconds."),
        "not_yet_valid": Text(vi="auth_date ở tương lai.", en="auth_date lies in the future."),
        "expired": Text(vi="Dữ liệu đã quá hạn.", en="The data has expired."),
        "query_id": Text(vi="Thiếu query_id.", en="query_id is missing."),
        "user": Text(vi="user phải là JSON có id là số và first_name.", en="user must be JSON with a numeric id and a first_name."),
        "reused": Text(vi="query_id đã được dùng.", en="The query_id was used before."),
    }

    def __init__(self, step: str, detail: str = "") -> None:
        self.step = step
        self.detail = detail
        super().__init__(f"{step}: {detail}" if detail else step)

    @property
    def title(self) -> Text:
        return self.titles[self.step]


@dataclass(frozen=True, slots=True)
class TelegramUser:
    """`id` is the pairwise number below 2^53, `sub` the pairwise subject; `first_name` is a neutral word where no name was released."""

    id: int
    first_name: str
    sub: str | None
    language_code: str | None


@dataclass(frozen=True, slots=True)
class TelegramLaunch:
    """One opening of an app; `unknown` holds the pairs this version does not know, which were checked like all others."""

    user: TelegramUser
    query_id: str
    auth_date: datetime
    start_param: str | None
    unknown: Mapping[str, str]


def sign(pairs: Mapping[str, str], *, app_secret: str, key: OKPKey, app_num: int) -> str:
    """The launch data: the given pairs, then `signature` and `hash`. Raises ValueError where one of these two is given."""
    if pairs.keys() & {"signature", "hash"}:
        raise ValueError("signature and hash are made here")
    message = f"{app_num}:WebAppData\n{check_string(pairs)}".encode()
    complete = {**pairs, "signature": urlsafe_b64encode(signed.raw_signature(message, key)).decode().rstrip("=")}
    complete["hash"] = hash_of(complete, app_secret)
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in complete.items())


def verify(
    raw: str,
    *,
    now: datetime,
    app_secret: str | None = None,
    keys: PublicKeys | None = None,
    app_num: int | None = None,
    max_age: int = MAX_AGE,
    remember: Callable[[str], bool] | None = None,
) -> TelegramLaunch:
    """Who opened the app; raises TelegramRefused naming the first step that fails.

    By `app_secret` the hash is checked, by `keys` and `app_num` the signature; at least one of them, and both where both are given.
    `max_age` is in seconds. Launch data counts once: `remember(query_id)` must store the id and answer False if it was there before;
    it is asked last. A backend without a store asks the hub instead.
    """
    pairs = _pairs(raw)
    if app_secret is None and (keys is None or app_num is None):
        raise TelegramRefused("keys")
    if app_secret is not None and not hmac.compare_digest(hash_of(pairs, app_secret).encode(), pairs.get("hash", "").encode()):
        raise TelegramRefused("hash")
    if keys is not None and app_num is not None and not _signed(pairs, keys, app_num):
        raise TelegramRefused("signature")
    auth_date = _auth_date(pairs, now, timedelta(seconds=min(max_age, MAX_AGE)))
    query_id = pairs.get("query_id", "")
    if not 0 < len(query_id) <= 128:
        raise TelegramRefused("query_id")
    launch = TelegramLaunch(
        user=_user(pairs.get("user", "")),
        query_id=query_id,
        auth_date=auth_date,
        start_param=pairs.get("start_param"),
        unknown={name: value for name, value in pairs.items() if name not in _KNOWN},
    )
    if remember is not None and not remember(query_id):
        raise TelegramRefused("reused")
    return launch


def quoted(raw: str) -> str:
    """Launch data as the value of `tgWebAppData` in a page's fragment."""
    return quote(raw, safe="")


def check_string(pairs: Mapping[str, str]) -> str:
    """All pairs but `hash`, decoded, sorted by name, one to a line."""
    return "\n".join(f"{name}={value}" for name, value in sorted(pairs.items()) if name != "hash")


def hash_of(pairs: Mapping[str, str], app_secret: str) -> str:
    """The pair `hash`: lower-case hex HMAC-SHA256 by a key derived from the app secret."""
    derived = hmac.digest(b"WebAppData", app_secret.encode(), sha256)
    return hmac.digest(derived, check_string(pairs).encode(), sha256).hex()


def _signed(pairs: Mapping[str, str], keys: PublicKeys, app_num: int) -> bool:
    """Whether any of the keys signed it: the grammar has no place for a key id."""
    covered = {name: value for name, value in pairs.items() if name != "signature"}
    message = f"{app_num}:WebAppData\n{check_string(covered)}".encode()
    given = pairs.get("signature", "")
    try:
        signature = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        return False
    return any(signed.raw_verify(message, signature, key) for key in keys.values())


def _pairs(raw: str) -> dict[str, str]:
    if not isinstance(raw, str) or not 0 < len(raw) <= MAX_LENGTH or "\n" in raw:
        raise TelegramRefused("form", "1 to 8192 characters in one line")
    try:
        listed = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=50)
    except (ValueError, UnicodeError) as broken:
        raise TelegramRefused("form") from broken
    found = dict(listed)
    if len(found) != len(listed):
        raise TelegramRefused("form", "a name stands twice")
    if any("\n" in name or "=" in name for name in found):
        raise TelegramRefused("form", "a name holds a line feed or an equals sign")
    return found


def _auth_date(pairs: Mapping[str, str], now: datetime, longest: timedelta) -> datetime:
    told = pairs.get("auth_date", "")
    if not (told.isascii() and told.isdigit() and len(told) <= 11):
        raise TelegramRefused("auth_date")
    at = datetime.fromtimestamp(int(told), UTC)
    if at > now + _AHEAD:
        raise TelegramRefused("not_yet_valid")
    if now - at >= longest:
        raise TelegramRefused("expired")
    return at


def _user(text: str) -> TelegramUser:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise TelegramRefused("user") from broken
    number = told.get("id") if isinstance(told, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**53:
        raise TelegramRefused("user", "id")
    name, sub, language = told.get("first_name"), told.get("sub"), told.get("language_code")
    if not isinstance(name, str) or not name:
        raise TelegramRefused("user", "first_name")
    if not isinstance(sub, str | None) or not isinstance(language, str | None):
        raise TelegramRefused("user", "sub")
    return TelegramUser(number, name, sub, language)
