"""A public list, and one's own ward with consent."""

import pytest
from backend.main import WARDS, api, app


@pytest.fixture
def host(hs_host):
    return hs_host(backend=api, app=app)


def test_anybody_finds_a_ward_without_marks(host):
    assert len(WARDS) == 126
    assert len(host.call("GET", "/wards").json()["items"]) == 126
    assert [one["name"] for one in host.call("GET", "/wards?q=ba+dinh").json()["items"]] == ["Phường Ba Đình"]


def test_ones_own_ward_needs_consent(host):
    lan = host.citizen(1)
    host.decline(lan, "residence.ward")
    assert host.open(lan).get("/mine").json() == {"ward": None}
    host.agree(lan, "residence.ward")
    assert host.open(lan).get("/mine").json()["ward"] == {"code": lan.ward_code, "name": "Phường Hoàn Kiếm"}
    assert host.call("GET", "/mine").status_code == 401
