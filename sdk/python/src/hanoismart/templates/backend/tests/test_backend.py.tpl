"""The backend behind the real gateway, with test citizens and signed messages."""

from pathlib import Path

import pytest
from backend.main import api, app, visits
from hanoismart import package


@pytest.fixture
def host(hs_host):
    visits.clear()
    return hs_host(backend=api, app=app)


def test_it_holds_every_rule():
    assert not package.build(Path(__file__).parents[1] / "app").warnings


def test_anybody_may_ask_what_it_is(host):
    assert host.call("GET", "/about").json() == {"app": app.app_id, "signed_in": False}


def test_only_a_citizen_may_ask_about_themselves(host):
    assert host.call("GET", "/me").status_code == 401
    host.agree(host.citizen(1))
    page = host.open(1)
    assert page.get("/me").json()["visits"] == 1
    assert page.get("/me").json()["visits"] == 2


def test_what_is_kept_of_a_person_goes_with_their_consent(host):
    host.agree(host.citizen(2))
    page = host.open(2)
    page.get("/me")
    (answer,) = host.withdraw(page.person)
    assert answer.status_code == 204
    assert page.sub not in visits
