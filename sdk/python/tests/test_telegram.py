"""Launch data in Telegram's grammar: the published vectors, single use, and no input that raises anything else."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import telegram, telegram_vectors, tokens
from hanoismart.telegram import TelegramLaunch, TelegramRefused
from hanoismart.tokens.vectors import NOW, fixed_key

SPEC = Path(__file__).parents[2] / "spec" / "vectors" / "telegram.json"
KEYS = tokens.public_keys(tokens.public_jwks([fixed_key("hanoismart example key")]))
SECRET, NUM = telegram_vectors.APP_SECRET, telegram_vectors.APP_NUM


def verified(raw: str) -> TelegramLaunch:
    return telegram.verify(raw, now=NOW, app_secret=SECRET, keys=KEYS, app_num=NUM)


def test_the_published_vectors_are_current() -> None:
    assert SPEC.read_text(encoding="utf-8") == telegram_vectors.text()


@pytest.mark.parametrize("case", telegram_vectors.cases(), ids=lambda case: case["name"])
def test_every_vector_ends_as_it_says(case: dict[str, str]) -> None:
    if case["outcome"] == "valid":
        assert verified(case["raw"]).user.first_name == "Lan"
        return
    with pytest.raises(TelegramRefused) as refused:
        verified(case["raw"])
    assert refused.value.step == case["outcome"]
    assert refused.value.title.vi


def test_the_secret_alone_or_the_keys_alone_are_enough() -> None:
    raw = telegram_vectors.signed(chat_instance="77")
    by_secret = telegram.verify(raw, now=NOW, app_secret=SECRET)
    assert by_secret == telegram.verify(raw, now=NOW, keys=KEYS, app_num=NUM)
    assert by_secret.start_param == "pages/ticket?id=7&x=một hai"
    assert by_secret.unknown == {"chat_instance": "77"}
    assert by_secret.user.id < 2**53
    with pytest.raises(TelegramRefused) as refused:
        telegram.verify(raw, now=NOW)
    assert refused.value.step == "keys"


def test_launch_data_counts_once_and_only_what_holds_is_remembered() -> None:
    seen: set[str] = set()

    def remember(query_id: str) -> bool:
        fresh = query_id not in seen
        seen.add(query_id)
        return fresh

    with pytest.raises(TelegramRefused):
        telegram.verify(telegram_vectors.signed(), now=NOW + timedelta(minutes=6), app_secret=SECRET, remember=remember)
    assert seen == set()
    telegram.verify(telegram_vectors.signed(), now=NOW, app_secret=SECRET, remember=remember)
    with pytest.raises(TelegramRefused) as refused:
        telegram.verify(telegram_vectors.signed(), now=NOW, app_secret=SECRET, remember=remember)
    assert refused.value.step == "reused"


@given(st.text(max_size=300))
def test_no_input_raises_anything_else(raw: str) -> None:
    with pytest.raises(TelegramRefused):
        verified(raw)
