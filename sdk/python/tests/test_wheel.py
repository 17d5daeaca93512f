"""The wheel as a stranger gets it: built, installed into an empty environment, and used there."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROOT = PROJECT.parents[1]
LOCK = ROOT / "requirements" / "run.lock"

USE = """
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from importlib.resources import files

import hanoismart
from hanoismart import assets, folding, gateway, manifest, scopes, tokens, worktime
from hanoismart.manifest.example import EXAMPLE

assert hanoismart.__version__ == version("hanoismart")
assert (files("hanoismart") / "py.typed").is_file()
assert folding.fold("ĐƯỜNG Nguyễn Trãi, khoẻ") == "duong nguyen trai, khoe"
received = datetime(2026, 8, 28, 2, tzinfo=timezone.utc)
due = worktime.due(received, worktime.Duration(1, worktime.Unit.WORKING_DAY), calendar=worktime.WorkingCalendar.vietnam(2026, 2026))
assert due == datetime(2026, 9, 3, 10, tzinfo=timezone.utc)
app = gateway.app_state(manifest.parse(EXAMPLE), issuer="https://hanoismart.example", status=gateway.AppStatus.PUBLISHED)
forward = gateway.decide(gateway.GatewayRequest(method="GET", path="/parks"), app, None, frozenset(), received)
key = tokens.new_key()
keys = tokens.public_keys(tokens.public_jwks([key]))
assert tokens.verify_assertion(tokens.sign_assertion(forward.grant, key), keys=keys, app_id=app.app_id, now=received).subject is None
assert "profile.name" in scopes.SCOPES
assert b"hs/initialize" in assets.javascript("bridge.js")
print("used")
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, PROJECT)
    (built,) = out.glob("hanoismart-*.whl")
    return built


def installed(folder: Path, wheel: Path, extra: str) -> Path:
    """A fresh environment's Python with the wheel in it, its dependencies held to the locked versions."""
    uv = Path(sys.executable).with_name("uv")
    python = folder / "venv" / "bin" / "python"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    requirement = f"hanoismart{extra} @ {wheel.as_uri()}"
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-build", "--constraint", _pins(folder), requirement)
    return python


def _pins(folder: Path) -> Path:
    """The lock without its hashes: a wheel just built has none there, and uv wants all or nothing."""
    pins = folder / "pins.txt"
    lines = [line.removesuffix("\\").strip() for line in LOCK.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
    pins.write_text("\n".join(lines), encoding="utf-8")
    return pins


def test_the_pure_part_needs_nothing_of_a_server(wheel: Path, tmp_path: Path) -> None:
    python = installed(tmp_path, wheel, "")
    assert run(python, "-c", USE, cwd=tmp_path).strip() == "used"
    listed = run(
        python, "-c", "import importlib.util as u; print([n for n in ('sqlalchemy', 'fastapi', 'asyncpg') if u.find_spec(n)])", cwd=tmp_path
    )
    assert listed.strip() == "[]"


def test_the_server_extra_brings_the_toolkit(wheel: Path, tmp_path: Path) -> None:
    python = installed(tmp_path, wheel, "[server]")
    modules = sorted(path.stem for path in (PROJECT / "src" / "hanoismart" / "server").glob("*.py") if not path.stem.startswith("__"))
    assert modules
    run(
        python, "-W", "error", "-c", "import hanoismart.server, " + ", ".join(f"hanoismart.server.{name}" for name in modules), cwd=tmp_path
    )


def test_the_cli_extra_brings_hs_and_everything_it_needs(wheel: Path, tmp_path: Path) -> None:
    python = installed(tmp_path, wheel, "[cli]")
    hs = python.with_name("hs")
    assert run(hs, "--version").strip().startswith("hs ")
    run(hs, "new", "first-app", "--template", "web", "--lang", "en", cwd=tmp_path)
    folder = tmp_path / "first-app"
    assert '"ok": true' in run(hs, "lint", "--strict", "--json", cwd=folder)
    assert '"ok": true' in run(hs, "doctor", "--offline", "--json", cwd=folder)
    assert "Packed" in run(hs, "pack", "--lang", "en", cwd=folder)
    run(python, "-W", "error", "-c", "import hanoismart.emulator.serving, hanoismart.emulator.site")
