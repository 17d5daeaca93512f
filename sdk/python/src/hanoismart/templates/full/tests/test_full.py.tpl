"""Page and backend together: the real gateway, two citizens, and the messages between them."""

from pathlib import Path

import pytest
from backend.main import api, app, greetings
from hanoismart import package


@pytest.fixture
def host(hs_host):
    greetings.clear()
    return hs_host(backend=api, app=app)


def test_it_holds_every_rule():
    assert not package.build(Path(__file__).parents[1] / "app").warnings


def test_who_greeted_before_is_told_if_they_agreed(host):
    lan, minh = host.citizen(1), host.citizen(2)
    host.agree(lan)
    host.agree(minh, "profile.name")
    host.decline(minh)
    assert host.open(lan).post("/greetings", {"name": "Lan", "text": "Xin chào"}).json() == {"told": 0}
    assert host.open(minh).post("/greetings", {"name": "Minh", "text": "Chào Lan"}).json() == {"told": 1}
    assert [one.text.vi for one in host.notifications] == ["Minh đã đáp lại lời chào"]
    assert host.open(lan).post("/greetings", {"name": "Lan", "text": "Chào Minh"}).json() == {"told": 0}


def test_nobody_reads_without_a_citizen(host):
    assert host.call("GET", "/greetings").status_code == 401
    assert host.call("GET", "/about").json()["greetings"] == 0


def test_what_a_person_wrote_goes_with_them(host):
    host.agree(host.citizen(1))
    page = host.open(1)
    page.post("/greetings", {"name": "Lan", "text": "Xin chào"})
    assert page.get("/greetings").json()["items"] == [{"name": "Lan", "text": "Xin chào"}]
    (answer,) = host.erase(page.person)
    assert answer.status_code == 204
    assert greetings == []
