"""Where what people do in an app may go: to servers under proven domains, whichever member of the manifest names them."""

from typing import Any

import pytest
from sqlalchemy import update

from kernel.blobs import Blobs
from plugins.developers.models import DomainProof, ProofState
from plugins.registry.models import VersionState
from plugins.review import checks
from plugins.settings import settings
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, checked, rolled


@pytest.fixture(autouse=True)
def _as_in_production(monkeypatch: pytest.MonkeyPatch, house: SmallHub) -> None:
    """A sandbox takes servers anywhere; signatures stay those of the sandbox."""
    monkeypatch.setattr("plugins.developers.naming.settings", lambda: type("Production", (), {"registry_environment": "production"}))
    assert settings().registry_environment == "sandbox"


def hooks(url: str) -> dict[str, Any]:
    return {"webhooks": {"url": url, "events": ["app.version.state_changed"]}}


def served(base_url: str) -> dict[str, Any]:
    return {"backend": {"base_url": base_url}}


ELSEWHERE = (
    (hooks("https://collector.example.com/hook"), "HS3011", "/hs/webhooks/url", "collector.example.com"),
    (hooks("https://notexample.vn/hook"), "HS3011", "/hs/webhooks/url", "notexample.vn"),
    (hooks("https://example.vn.evil.com/hook"), "HS3011", "/hs/webhooks/url", "example.vn.evil.com"),
    (served("https://api.example.com"), "HS3003", "/hs/backend/base_url", "api.example.com"),
)


@pytest.mark.parametrize(("members", "rule", "pointer", "host"), ELSEWHERE)
async def test_a_server_of_somebody_else_stops_the_version(
    house: SmallHub, workshop: Studio, blobs: Blobs, members: dict[str, Any], rule: str, pointer: str, host: str
) -> None:
    assert await checked(house, blobs, workshop, workshop.built(1, **members)) is VersionState.AUTO_FAILED
    report = (await house.client.get(f"/v1/dev/apps/{APP_ID}/versions/1/report")).json()
    (found,) = [one for one in report["runs"][0]["results"] if one["level"] == "error"]
    assert (found["ruleId"], found["location"]["pointer"]) == (rule, pointer)
    assert {"vi", "en"} == found["message"].keys() == found["fix"].keys()
    assert host in found["fix"]["vi"]
    assert host in found["fix"]["en"]
    assert (await rolled(house, 1, "live")).json()["code"] == "miniapps.step_impossible"


@pytest.mark.parametrize(
    "members", [hooks("https://example.vn/hook"), hooks("https://a.b.example.vn/hook"), served("https://api.example.vn")]
)
async def test_ones_own_servers_pass(house: SmallHub, workshop: Studio, blobs: Blobs, members: dict[str, Any]) -> None:
    assert await checked(house, blobs, workshop, workshop.built(1, **members)) is VersionState.IN_REVIEW


async def test_a_proof_that_lapsed_counts_no_more(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    async with house.database.transaction() as session:
        await session.execute(update(DomainProof).values(state=ProofState.LAPSED))
    assert await checked(house, blobs, workshop, workshop.built(1, **hooks("https://example.vn/hook"))) is VersionState.AUTO_FAILED


def test_every_finding_speaks_both_languages_and_says_what_to_do() -> None:
    for rule in checks.RULES.values():
        assert all((rule.says.vi, rule.says.en, rule.fix.vi, rule.fix.en))
