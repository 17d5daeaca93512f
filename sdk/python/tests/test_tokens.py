"""Launch tokens and assertions: the published vectors, round trips, single use, and no input that raises anything else."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart import tokens
from hanoismart.tokens import vectors

SPEC = Path(__file__).parents[2] / "spec" / "vectors"
KEY = vectors.fixed_key("a key of these tests")
KEYS = tokens.public_keys(tokens.public_jwks([KEY]))
LAUNCH = tokens.Launch(grant=vectors.grant(300), subject=vectors.grant(300).subject or "", locale="vi", start_param="pages/find")
ASSERTION = vectors.grant(60)


def verify(kind: str, raw: str, keys: tokens.PublicKeys = KEYS) -> tokens.Grant:
    if kind == "assertion":
        return tokens.verify_assertion(raw, keys=keys, app_id=vectors.APP, now=vectors.NOW, issuer=vectors.ISSUER)
    return tokens.verify_launch(raw, keys=keys, app_id=vectors.APP, now=vectors.NOW, issuer=vectors.ISSUER).grant


@pytest.mark.parametrize("kind", ["launch", "assertion"])
def test_the_published_vectors_are_current(kind: str) -> None:
    assert (SPEC / f"{kind}.json").read_text(encoding="utf-8") == vectors.text(kind), (
        "run: python -m hanoismart.tokens.vectors sdk/spec/vectors"
    )


@pytest.mark.parametrize(
    ("kind", "case"),
    [pytest.param(kind, case, id=f"{kind}: {case['name']}") for kind in ("launch", "assertion") for case in vectors.cases(kind)],
)
def test_every_vector_ends_as_named(kind: str, case: dict[str, object]) -> None:
    keys = tokens.public_keys(json.loads((SPEC / f"{kind}.json").read_text(encoding="utf-8"))["keys"])
    if case["outcome"] == "valid":
        claims = case["claims"]
        assert isinstance(claims, dict)
        grant = verify(kind, str(case["token"]), keys)
        assert (grant.subject, grant.jti, sorted(grant.scopes)) == (claims.get("sub"), claims["jti"], claims["scopes"])
        assert grant.act_for == claims.get("act_for")
        return
    with pytest.raises(tokens.TokenError) as refused:
        verify(kind, str(case["token"]), keys)
    assert refused.value.step == case["outcome"]
    assert refused.value.title.vi != refused.value.title.en


def test_every_step_has_a_vector_or_a_test_here() -> None:
    steps = {one.step for one in tokens.TokenError.__subclasses__()}
    shown = {str(case["outcome"]) for case in vectors.cases("launch")}
    assert steps - shown == {"reused"}


def test_a_launch_comes_back_as_it_was_signed_and_counts_once() -> None:
    seen: set[str] = set()

    def remember(jti: str) -> bool:
        fresh = jti not in seen
        seen.add(jti)
        return fresh

    raw = tokens.sign_launch(LAUNCH, KEY)
    ask = {"keys": KEYS, "app_id": vectors.APP, "now": vectors.NOW}
    assert tokens.verify_launch(raw, **ask, remember=remember) == LAUNCH  # type: ignore[arg-type] # keyword arguments in a dict
    with pytest.raises(tokens.TokenReused):
        tokens.verify_launch(raw, **ask, remember=remember)  # type: ignore[arg-type] # as above
    with pytest.raises(tokens.TokenSignatureInvalid):
        tokens.verify_launch(raw[:-8] + "AAAAAAAA"[:7] + raw[-1], **ask, remember=remember)  # type: ignore[arg-type] # as above
    assert len(seen) == 1


def test_a_shorter_max_age_is_kept_and_a_longer_one_is_not() -> None:
    raw = tokens.sign_launch(LAUNCH, KEY)
    with pytest.raises(tokens.TokenExpired):
        tokens.verify_launch(raw, keys=KEYS, app_id=vectors.APP, now=vectors.NOW, max_age=4)
    late = vectors.NOW + timedelta(seconds=296)
    with pytest.raises(tokens.TokenExpired):
        tokens.verify_launch(raw, keys=KEYS, app_id=vectors.APP, now=late, max_age=9999)


def test_an_assertion_comes_back_as_it_was_signed() -> None:
    acting = replace(ASSERTION, act_for="org-7", roles=frozenset({"clerk", "manager"}))
    assert verify("assertion", tokens.sign_assertion(acting, KEY)) == acting
    nobody = replace(ASSERTION, subject=None, scopes=frozenset(), acr="urn:hanoi:loa:0")
    assert verify("assertion", tokens.sign_assertion(nobody, KEY)) == nobody


def test_nothing_is_signed_that_lives_too_long() -> None:
    with pytest.raises(ValueError, match="60 seconds"):
        tokens.sign_assertion(vectors.grant(61), KEY)
    with pytest.raises(ValueError, match="300 seconds"):
        tokens.sign_launch(replace(LAUNCH, grant=vectors.grant(301)), KEY)
    with pytest.raises(ValueError, match="its person"):
        tokens.sign_launch(replace(LAUNCH, subject="k1.another"), KEY)


def test_an_assertion_is_no_launch_and_the_other_way_round() -> None:
    with pytest.raises(tokens.TokenTypeWrong):
        verify("launch", tokens.sign_assertion(ASSERTION, KEY))
    with pytest.raises(tokens.TokenTypeWrong):
        verify("assertion", tokens.sign_launch(LAUNCH, KEY))


def test_published_keys_hold_no_private_half_and_strangers_are_passed_over() -> None:
    jwks = tokens.public_jwks([KEY])
    assert jwks["keys"][0].keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    mixed = {"keys": [KEY.as_dict(private=True), {"kty": "EC", "crv": "P-256"}, {"kty": "oct", "k": "AAAA"}, 7]}
    found = tokens.public_keys(mixed)
    assert list(found) == [tokens.kid_of(KEY)]
    assert not found[tokens.kid_of(KEY)].is_private


@pytest.mark.parametrize(
    "jwks",
    [{}, {"keys": {}}, {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}, {"keys": [{"kty": "OKP", "crv": "Ed25519"}]}],
)
def test_a_broken_key_set_is_refused(jwks: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"key|JWK"):
        tokens.public_keys(jwks)
    with pytest.raises(ValueError, match="twice"):
        tokens.public_keys({"keys": [KEY.as_dict(private=False)] * 2})


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,4}"), st.binary().map(lambda raw: raw.hex())))
def test_any_text_ends_in_a_token_error(raw: str) -> None:
    for kind in ("launch", "assertion"):
        with pytest.raises(tokens.TokenError):
            verify(kind, raw)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_one_changed_character_is_never_believed(data: st.DataObject) -> None:
    raw = tokens.sign_assertion(ASSERTION, KEY)
    place = data.draw(st.integers(0, len(raw) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.=").filter(lambda one: one != raw[place]))
    with pytest.raises(tokens.TokenError):
        verify("assertion", raw[:place] + letter + raw[place + 1 :])
