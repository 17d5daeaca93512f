"""The example apps: each holds every rule, its own tests run, and doctor has nothing against it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hanoismart import assets
from hanoismart.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if (path / "hs.toml").is_file())


def test_there_are_three() -> None:
    assert NAMES == ["feedback", "tickets", "wards"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_holds_every_rule_and_its_tests_run(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder)
    assets.bring_bridge(folder / "app")
    assert main(["lint", "--strict", "--json", "--folder", str(folder)]) == 0, capsys.readouterr().out
    capsys.readouterr()
    assert main(["doctor", "--offline", "--json", "--folder", str(folder)]) == 0
    assert all(one["level"] == "ok" for one in json.loads(capsys.readouterr().out)["checks"])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
