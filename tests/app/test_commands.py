"""The commands of operators, against a real database."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.cli import main
from hanoismart.server.database import Database
from identity.access.service import permissions
from identity.api.specimens import SpecimenChip
from kernel import audit
from kernel.settings import settings
from tests.support.people import a_person

Run = Callable[..., "asyncio.Future[int]"]


@pytest.fixture
def run(cloned_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A command in a thread of its own, as it has a loop of its own."""
    monkeypatch.setenv("HANOISMART_DATABASE_URL", cloned_url)
    settings.cache_clear()

    def start(*arguments: str) -> "asyncio.Future[int]":
        return asyncio.ensure_future(asyncio.to_thread(main, arguments))

    yield start
    settings.cache_clear()


async def test_the_first_administrator_is_made_by_hand(run: Run, committed_db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    async with committed_db.transaction() as session:
        verified, weak = await a_person(session, name="Lan", level=2), await a_person(session, name="Minh", level=1)
    assert await run("admin", "create", str(verified)) == 0
    assert await run("admin", "create", str(weak)) == 1
    assert await run("admin", "create", str(uuid4())) == 1
    async with committed_db.session() as session:
        assert "roles.grant" in await permissions(session, verified)
        assert not await permissions(session, weak)
    assert "Lan" not in capsys.readouterr().out


async def test_the_audit_trail_is_checked(run: Run, committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        await audit.record(session, actor="person:1", action="test", subject="thing:1")
    assert await run("trail") == 0


async def test_held_jobs_are_listed_and_replayed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("jobs", "dead") == 0
    assert await run("jobs", "replay") == 0
    assert "0 jobs" in capsys.readouterr().out


async def test_a_specimen_is_written_and_reads_back(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "lan.json"
    asked = ["specimen", "--name", "Nguyễn Thị Lan", "--birth", "1988-05-02", "--folder", str(tmp_path / "authority"), "--out", str(out)]
    assert await run(*asked) == 0
    chip = SpecimenChip.from_json(out.read_text())
    assert {1, 13, 14, 15} == set(chip.data_groups)


async def test_a_sandbox_is_given_its_test_citizens_by_hand(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("demo", "citizens") == 0
    assert await run("demo", "citizens") == 0
    assert capsys.readouterr().out.splitlines() == ["20 test citizens were made.", "0 test citizens were made."]


def test_nothing_of_the_demo_runs_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli import demo
    from kernel.settings import Settings, UnsafeSettings

    production = Settings.model_construct(environment="production")
    monkeypatch.setattr(demo, "settings", lambda: production)
    for action in ("seed", "citizens"):
        with pytest.raises(UnsafeSettings):
            main(["demo", action])
    monkeypatch.setattr("app.cli.run.settings", lambda: production)
    assert main(["run"]) == 2
