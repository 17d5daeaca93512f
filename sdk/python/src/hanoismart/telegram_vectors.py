"""Published examples of good and hostile launch data in Telegram's grammar, made from fixed keys, for every SDK to be held against."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hanoismart import telegram
from hanoismart.tokens import public_jwks
from hanoismart.tokens.vectors import NOW, fixed_key

APP_NUM: Final = 4217
APP_SECRET: Final = "an example secret: never trust it outside tests"  # noqa: S105 (published with the examples)
_KEY: Final = fixed_key("hanoismart example key")
_USER: Final = '{"id":4503599627370497,"first_name":"Lan","language_code":"vi","sub":"k1.Q2hpIGzDoCB2w60gZHUsIGtow7RuZyBjw7M"}'


def pairs(**changed: str | None) -> dict[str, str]:
    """The pairs all examples start from; None takes one away."""
    given: dict[str, str | None] = {
        "auth_date": str(int(NOW.timestamp()) - 5),
        "query_id": "0194f0a0000070008000000000000002",
        "user": _USER,
        "start_param": "pages/ticket?id=7&x=một hai",
    }
    return {name: value for name, value in (given | changed).items() if value is not None}


def signed(**changed: str | None) -> str:
    """Launch data made as the hub makes it."""
    return telegram.sign(pairs(**changed), app_secret=APP_SECRET, key=_KEY, app_num=APP_NUM)


def cases() -> list[dict[str, object]]:
    """Each names the step that must fail, or `valid`."""
    good, now = signed(), int(NOW.timestamp())
    stranger = telegram.sign(pairs(), app_secret=APP_SECRET, key=fixed_key("hanoismart stranger"), app_num=APP_NUM)
    other_app = telegram.sign(pairs(), app_secret=APP_SECRET, key=_KEY, app_num=APP_NUM + 1)
    rows: tuple[tuple[str, str, str], ...] = (
        ("a person", "valid", good),
        ("a pair nobody knows yet", "valid", signed(chat_instance="77")),
        ("the pairs in another order", "valid", "&".join(reversed(good.split("&")))),
        ("no start_param", "valid", signed(start_param=None)),
        ("nothing", "form", ""),
        ("no pairs", "form", "hello"),
        ("a pair twice", "form", f"{good}&query_id=1"),
        ("a line feed", "form", f"{good}\n"),
        ("another secret", "hash", telegram.sign(pairs(), app_secret="another", key=_KEY, app_num=APP_NUM)),  # noqa: S106 (an example)
        ("a changed user", "hash", good.replace("Lan", "Anna")),
        ("a pair added later", "hash", f"{good}&extra=1"),
        ("the hash in capitals", "hash", _with_hash(good, str.upper)),
        ("no hash", "hash", good.rsplit("&hash=", 1)[0]),
        ("the user written anew", "hash", good.replace("%22%3A", "%22%3A%20")),
        ("another key", "signature", stranger),
        ("signed for another app", "signature", other_app),
        ("no signature", "signature", _hashed(pairs())),
        ("a signature that is none", "signature", _hashed(pairs() | {"signature": "AAAA"})),
        ("a text as time", "auth_date", signed(auth_date="today")),
        ("no time", "auth_date", signed(auth_date=None)),
        ("from the future", "not_yet_valid", signed(auth_date=str(now + 60))),
        ("five minutes old", "expired", signed(auth_date=str(now - 300))),
        ("no query_id", "query_id", signed(query_id=None)),
        ("no user", "user", signed(user=None)),
        ("a text as id", "user", signed(user='{"id":"7","first_name":"Lan"}')),
        ("an id above 2^53", "user", signed(user='{"id":9007199254740993,"first_name":"Lan"}')),
        ("nobody's name", "user", signed(user='{"id":7}')),
    )
    return [{"name": name, "outcome": outcome, "raw": raw} for name, outcome, raw in rows]


def text() -> str:
    """The document as it is kept in sdk/spec/vectors/telegram.json, byte for byte."""
    document = {
        "about": "Every verifier must answer these cases as named. The keys are public: never trust them outside tests.",
        "app_num": APP_NUM,
        "app_secret": APP_SECRET,
        "now": int(NOW.timestamp()),
        "keys": public_jwks([_KEY]),
        "cases": cases(),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _with_hash(raw: str, change: object) -> str:
    head, _, digest = raw.rpartition("=")
    return f"{head}={change(digest) if callable(change) else digest}"


def _hashed(given: Mapping[str, str]) -> str:
    """Launch data that somebody who knows only the secret could make."""
    complete = {**given, "hash": telegram.hash_of(given, APP_SECRET)}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in complete.items())


def main(arguments: list[str] | None = None) -> int:
    """Writes telegram.json into a folder."""
    parser = argparse.ArgumentParser(prog="python -m hanoismart.telegram_vectors", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    (folder / "telegram.json").write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
