"""Standard Webhooks at both ends: the standard's own example, round trips, rotation, and what must be refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart import webhooks
from hanoismart.tokens.vectors import fixed_key

NOW = datetime(2026, 2, 10, 8, 30, tzinfo=UTC)
SECRET, OTHER = webhooks.new_secret(), webhooks.new_secret()
KEY = fixed_key("webhook tests")
BODY = webhooks.body_of("payment.succeeded", NOW, {"reference": "vé 7"})


def test_the_example_of_the_standard() -> None:
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1_614_265_330, UTC)
    headers = webhooks.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', secrets=[secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("use", ["secret", "key", "key text"])
def test_a_message_comes_back_by_either_signature(use: str) -> None:
    headers = webhooks.sign("msg_1", NOW, BODY, secrets=[OTHER, SECRET], keys=[KEY])
    trust: dict[str, dict[str, object]] = {
        "secret": {"secrets": [SECRET]},
        "key": {"keys": [KEY]},
        "key text": {"keys": [webhooks.public_key_text(KEY)]},
    }
    received = webhooks.verify({name.title(): value for name, value in headers.items()}, BODY, now=NOW, **trust[use])  # type: ignore[arg-type] # chosen above
    assert (received.id, received.type, received.data) == ("msg_1", "payment.succeeded", {"reference": "vé 7"})


def test_an_altered_body_is_named_as_such() -> None:
    headers = webhooks.sign("msg_1", NOW, BODY, secrets=[SECRET]) | {"content-length": str(len(BODY))}
    with pytest.raises(webhooks.WebhookRefused, match=rf"body altered \(len {len(BODY)}≠{len(BODY) - 1}\)") as refused:
        webhooks.verify(headers, BODY[:-1], now=NOW, secrets=[SECRET])
    assert refused.value.step == "signature"


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"webhook-timestamp": str(int((NOW - timedelta(minutes=6)).timestamp()))}, "timestamp"),
        ({"webhook-timestamp": str(int((NOW + timedelta(minutes=6)).timestamp()))}, "timestamp"),
        ({"webhook-timestamp": "-1"}, "headers"),
        ({"webhook-timestamp": "9" * 30}, "headers"),
        ({"webhook-id": "a.b"}, "headers"),
        ({"webhook-id": "msg_2"}, "signature"),
        ({"webhook-signature": ""}, "signature"),
        ({"webhook-signature": "v1,"}, "signature"),
        ({"webhook-signature": "v2,AAAA v1a,AAAA v1a,§"}, "signature"),
    ],
)
def test_forged_headers_are_refused(change: dict[str, str], step: str) -> None:
    headers = webhooks.sign("msg_1", NOW, BODY, secrets=[SECRET], keys=[KEY]) | change
    with pytest.raises(webhooks.WebhookRefused) as refused:
        webhooks.verify(headers, BODY, now=NOW, secrets=[SECRET], keys=[KEY])
    assert refused.value.step == step


@pytest.mark.parametrize("body", [b"", b"[]", b'{"type": 7, "data": {}}', b'{"type": "a..b", "data": {}}', b'{"type": "a"}', b"[" * 5000])
def test_a_signed_body_must_still_be_a_message(body: bytes) -> None:
    with pytest.raises(webhooks.WebhookRefused) as refused:
        webhooks.verify(webhooks.sign("m", NOW, body, secrets=[SECRET]), body, now=NOW, secrets=[SECRET])
    assert refused.value.step == "body"


def test_senders_are_held_to_the_standard() -> None:
    with pytest.raises(ValueError, match="dot"):
        webhooks.sign("a.b", NOW, BODY, secrets=[SECRET])
    with pytest.raises(ValueError, match="at least once"):
        webhooks.sign("a", NOW, BODY)
    with pytest.raises(ValueError, match="24 to 64"):
        webhooks.sign("a", NOW, BODY, secrets=["whsec_AAAA"])
    with pytest.raises(ValueError, match="20 KB"):
        webhooks.body_of("a", NOW, {"x": "y" * 30_000})
    assert len(webhooks.RETRIES) == 10
    assert webhooks.private_key_text(KEY).startswith("whsk_")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "content-length"]), st.text()), st.binary())
def test_anything_else_ends_as_a_refusal(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(webhooks.WebhookRefused):
        webhooks.verify(headers, body, now=NOW, secrets=[SECRET], keys=[KEY])
