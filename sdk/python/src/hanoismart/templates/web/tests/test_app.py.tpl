"""The app as the city will look at it, and as a citizen opens it."""

from pathlib import Path

from hanoismart import package

APP = Path(__file__).parents[1] / "app"


def test_it_holds_every_rule():
    assert not package.build(APP).warnings


def test_a_citizen_opens_it_without_being_asked_anything(hs_host):
    page = hs_host().open(1)
    assert page.opened.start_page == "index"
    assert page.opened.scopes == frozenset()
