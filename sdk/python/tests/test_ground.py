"""Text, clock and ids: the three things everything else stands on."""

from datetime import UTC, datetime, timedelta

import pytest

from hanoismart import clock
from hanoismart.ids import new_id
from hanoismart.text import Text


@pytest.mark.parametrize("locale", ["en", "en-GB", "EN_us", " en "])
def test_text_answers_english_locales_in_english(locale: str) -> None:
    assert Text(vi="Xin chào", en="Hello").in_(locale) == "Hello"


@pytest.mark.parametrize("locale", ["vi", "vi-VN", "fr", "", "enx"])
def test_text_answers_everyone_else_in_vietnamese(locale: str) -> None:
    assert Text(vi="Xin chào", en="Hello").in_(locale) == "Xin chào"


def test_format_fills_both_languages() -> None:
    assert Text(vi="Còn {n} phút", en="{n} minutes left").format(n=5) == Text(vi="Còn 5 phút", en="5 minutes left")
    with pytest.raises(KeyError):
        Text(vi="{n}", en="{n}").format()


def test_the_present_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_fixed_clock_moves_only_when_told_and_the_old_one_returns() -> None:
    start = datetime(2026, 2, 10, 8, 30, tzinfo=UTC)
    with clock.use(clock.FixedClock(start)) as fixed:
        assert clock.now() == start
        fixed.advance(timedelta(minutes=3))
        assert clock.now() == start + timedelta(minutes=3)
    assert clock.now() != start + timedelta(minutes=3)


def test_a_fixed_clock_refuses_a_naive_moment() -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive moment is the point


def test_ids_are_version_7_and_rise() -> None:
    ids = [new_id() for _ in range(2000)]
    assert {one.version for one in ids} == {7}
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
