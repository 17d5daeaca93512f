"""A page alone: it asks nothing of a person but what the manifest says, and opens for anybody who is signed in."""

from pathlib import Path

from hanoismart import package

APP = Path(__file__).parents[1] / "app"


def test_it_asks_for_no_data_at_all(hs_host):
    host = hs_host()
    page = host.open(9)  # not verified
    assert page.opened.scopes == frozenset()
    assert host.superapp.manifest.permission_names == {"media.pick"}


def test_it_reaches_nobody(hs_host):
    manifest = hs_host().superapp.manifest
    assert manifest.hs.csp.connect == []
    assert manifest.hs.backend is None
    assert not package.build(APP).warnings
