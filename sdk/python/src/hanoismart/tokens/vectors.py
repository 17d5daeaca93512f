"""Published examples of good and hostile tokens, made from a fixed key, so that every SDK can be held against the same cases."""

import argparse
import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Final

from joserfc.jwk import OKPKey

from hanoismart.tokens import signed
from hanoismart.tokens.assertion import ASSERTION_TYPE
from hanoismart.tokens.grant import Grant, to_claims
from hanoismart.tokens.keys import kid_of, private_key, public_jwks
from hanoismart.tokens.launch import LAUNCH_TYPE

NOW: Final = datetime(2026, 2, 10, 8, 30, tzinfo=UTC)
APP: Final = "vn.hanoi.parking"
ISSUER: Final = "https://hanoismart.example"


def fixed_key(name: str) -> OKPKey:
    """A key anybody can make again from its name: for examples only."""
    return private_key(OKPKey.derive_key(name, "Ed25519", kdf_name="HKDF").as_dict(private=True))


def grant(seconds: int) -> Grant:
    """The grant all examples start from."""
    return Grant(
        issuer=ISSUER,
        app_id=APP,
        subject="k1.Q2hpIGzDoCB2w60gZHUsIGtow7RuZyBjw7M",
        acr="urn:hanoi:loa:2",
        scopes=frozenset({"profile.name", "profile.level"}),
        jti="0194f0a0-0000-7000-8000-000000000001",
        issued_at=NOW - timedelta(seconds=5),
        expires_at=NOW - timedelta(seconds=5) + timedelta(seconds=seconds),
    )


def cases(kind: str) -> list[dict[str, object]]:
    """All cases of one kind, `launch` or `assertion`: each names the step that must fail, or `valid` with the claims."""
    typ, seconds = (LAUNCH_TYPE, 300) if kind == "launch" else (ASSERTION_TYPE, 60)
    key = fixed_key("hanoismart example key")
    claims = to_claims(grant(seconds))
    if kind == "launch":
        claims |= {"locale": "vi", "start_param": "pages/ticket?id=7"}
    return [*_good(claims, key, typ, kind), *_by_claims(claims, key, typ), *_by_form(claims, key, typ)]


def document(kind: str) -> dict[str, object]:
    """The cases with everything a verifier needs to answer them."""
    return {
        "about": "Every verifier must answer these cases as named. The key is public: never trust it outside tests.",
        "typ": LAUNCH_TYPE if kind == "launch" else ASSERTION_TYPE,
        "app_id": APP,
        "issuer": ISSUER,
        "now": int(NOW.timestamp()),
        "keys": public_jwks([fixed_key("hanoismart example key")]),
        "cases": cases(kind),
    }


def text(kind: str) -> str:
    """The document as it is kept in sdk/spec/vectors, byte for byte."""
    return json.dumps(document(kind), ensure_ascii=False, indent=2) + "\n"


def _case(name: str, outcome: str, token: str, **more: object) -> dict[str, object]:
    return {"name": name, "outcome": outcome, "token": token, **more}


def _good(claims: dict[str, object], key: OKPKey, typ: str, kind: str) -> list[dict[str, object]]:
    organisation = {**claims, "act_for": "org-7", "roles": ["clerk"]}
    found = [
        _case("a person", "valid", signed.sign(claims, key, typ=typ), claims=claims),
        _case("for an organisation", "valid", signed.sign(organisation, key, typ=typ), claims=organisation),
        _case("the old name EdDSA", "valid", _raw({"alg": "EdDSA", "typ": typ, "kid": kid_of(key)}, claims, key), claims=claims),
    ]
    if kind == "assertion":
        nobody = {name: value for name, value in claims.items() if name != "sub"} | {"acr": "urn:hanoi:loa:0", "scopes": []}
        found.append(_case("a public route", "valid", signed.sign(nobody, key, typ=typ), claims=nobody))
    return found


def _by_claims(claims: dict[str, object], key: OKPKey, typ: str) -> list[dict[str, object]]:
    now = int(NOW.timestamp())
    changes: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("another app", "audience", {"aud": "vn.hanoi.bus"}),
        ("two audiences", "claims", {"aud": [APP, "vn.hanoi.bus"]}),
        ("another issuer", "issuer", {"iss": "https://elsewhere.example"}),
        ("expired this second", "expired", {"iat": now - 30, "exp": now}),
        ("issued long ago, living long", "expired", {"iat": now - 301, "exp": now + 9999}),
        ("issued in the future", "not_yet_valid", {"iat": now + 60, "exp": now + 90}),
        ("a number as subject", "claims", {"sub": 7}),
        ("null as subject", "claims", {"sub": None}),
        ("scopes as one text", "claims", {"scopes": "profile.name profile.level"}),
        ("a number among scopes", "claims", {"scopes": ["profile.name", 1]}),
        ("a text as time", "claims", {"exp": str(now + 30)}),
        ("true as time", "claims", {"iat": True}),
        ("an unknown acr", "claims", {"acr": "urn:mace:incommon:iap:silver"}),
        ("roles without an organisation", "claims", {"roles": ["clerk"]}),
        ("an empty jti", "claims", {"jti": ""}),
    )
    found = [_case(name, outcome, signed.sign({**claims, **change}, key, typ=typ)) for name, outcome, change in changes]
    return [*found, _case("claims that are a list", "claims", _raw({"alg": "Ed25519", "typ": typ, "kid": kid_of(key)}, [1], key))]


def _by_form(claims: dict[str, object], key: OKPKey, typ: str) -> list[dict[str, object]]:
    good = signed.sign(claims, key, typ=typ)
    head, body, signature = good.split(".")
    kid, stranger = kid_of(key), fixed_key("hanoismart stranger")
    other = "hs-launch+jwt" if typ == ASSERTION_TYPE else ASSERTION_TYPE
    public = str(key.as_dict(private=False)["x"]).encode()
    hmac_head = _part({"alg": "HS256", "typ": typ, "kid": kid})
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    jwk = {"alg": "Ed25519", "typ": typ, "kid": kid_of(stranger), "jwk": stranger.as_dict(private=False)}
    return [
        _case("no algorithm", "algorithm", f"{_part({'alg': 'none', 'typ': typ, 'kid': kid})}.{body}.AA"),
        _case("no signature", "form", f"{_part({'alg': 'none', 'typ': typ, 'kid': kid})}.{body}."),
        _case(
            "HMAC with the public key", "algorithm", f"{hmac_head}.{body}.{_b64(digest(public, f'{hmac_head}.{body}'.encode(), sha256))}"
        ),
        _case("ES256", "algorithm", f"{_part({'alg': 'ES256', 'typ': typ, 'kid': kid})}.{body}.{signature}"),
        _case("a list as algorithm", "algorithm", f"{_part({'alg': ['Ed25519'], 'typ': typ, 'kid': kid})}.{body}.{signature}"),
        _case("another type", "type", signed.sign(claims, key, typ=other)),
        _case("no type", "type", f"{_part({'alg': 'Ed25519', 'kid': kid})}.{body}.{signature}"),
        _case("an unknown key", "key", signed.sign(claims, stranger, typ=typ)),
        _case("no key id", "key", f"{_part({'alg': 'Ed25519', 'typ': typ})}.{body}.{signature}"),
        _case("a key brought along", "form", _raw(jwk, claims, stranger)),
        _case("a critical extension", "form", _raw({"alg": "Ed25519", "typ": typ, "kid": kid, "crit": ["b64"], "b64": False}, claims, key)),
        _case("another key under our id", "signature", _raw({"alg": "Ed25519", "typ": typ, "kid": kid}, claims, stranger)),
        _case("changed claims", "signature", f"{head}.{_part({**claims, 'acr': 'urn:hanoi:loa:3'})}.{signature}"),
        _case("a flipped signature", "signature", f"{head}.{body}.{flipped}"),
        _case("two signatures", "form", f"{good}.{signature}"),
        _case("JSON serialisation", "form", json.dumps({"payload": body, "signatures": [{"protected": head, "signature": signature}] * 2})),
        _case("padding", "form", good + "="),
        _case("a line feed at the end", "form", good + "\n"),
        _case("nothing", "form", ""),
    ]


def _raw(header: Mapping[str, object], claims: object, key: OKPKey) -> str:
    """A token with any header at all, signed as Ed25519."""
    signing_input = f"{_part(header)}.{_part(claims)}"
    return f"{signing_input}.{_b64(signed.raw_signature(signing_input.encode(), key))}"


def _part(value: object) -> str:
    return _b64(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def main(arguments: list[str] | None = None) -> int:
    """Writes launch.json and assertion.json into a folder."""
    parser = argparse.ArgumentParser(prog="python -m hanoismart.tokens.vectors", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    for kind in ("launch", "assertion"):
        (folder / f"{kind}.json").write_text(text(kind), encoding="utf-8")
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
