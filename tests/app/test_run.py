"""What a newcomer does: a fresh folder, one command, the story to its end, Ctrl-C, and nothing is left running."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from app.demo import world
from app.demo.story import play
from kernel.embedded import status
from tests.support.live import free_port

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".data", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".pytest_cache", ".import_linter_cache"
)
PATIENCE = 240


async def test_a_fresh_folder_serves_and_plays_the_story_to_its_end(tmp_path: Path) -> None:
    clone = tmp_path / "thành phố mẫu"
    shutil.copytree(ROOT, clone, ignore=LEFT_OUT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HANOISMART_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "run",
        "--port",
        str(free_port()),
        cwd=clone,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    told: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            assert process.stdout
            async for line in process.stdout:
                told.append(line.decode())
                if "✓" in told[-1] or "✗" in told[-1]:
                    break
    finally:
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            code = await process.wait()
    assert "all as told" in told[-1], "".join(told)
    assert code == 0
    assert not any(status(clone).values()), "a server was left running"


async def test_the_story_fails_aloud_where_nothing_is_as_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "addresses.json"
    nowhere.write_text('{"fcm": "http://127.0.0.1:9", "sms": "http://127.0.0.1:9", "bank": "http://127.0.0.1:9"}')
    monkeypatch.setattr(world, "ADDRESSES", nowhere)
    assert await play("http://127.0.0.1:9") == 1
    assert "not as told" in capsys.readouterr().out
