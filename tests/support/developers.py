"""A developer at a terminal: the wheel in an environment of its own, the command `hs`, and a phone that types its code."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.demo.devices.mobile import Phone
from tests.support.partners import Browser, hidden

ROOT = Path(__file__).parents[2]
SDK = ROOT / "sdk" / "python"
LOCK = ROOT / "requirements" / "dev.lock"


@dataclass
class Terminal:
    """Commands run in `folder` against the hub at `base`; keys and sign-ins lie in `config`."""

    base: str
    folder: Path
    config: Path
    python: str = sys.executable
    said: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"HS_CONFIG_DIR": str(self.config), "HS_HUB": self.base, "HS_LANG": "en", "PYTHONWARNINGS": "error"}

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            self.python,
            "-m",
            "hanoismart.cli.main",
            *arguments,
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def hs(self, *arguments: str, code: int = 0) -> Any:
        """The JSON document a command gives, after it ended as it should."""
        process = await self.start(*arguments, "--json")
        out, err = await asyncio.wait_for(process.communicate(), 120)
        self.said.append(f"hs {' '.join(arguments)}\n{out.decode()}{err.decode()}")
        assert process.returncode == code, self.said[-1]
        lines = out.decode().strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    async def sign_in(self, phone: Phone) -> None:
        """`hs login`, and the person who lets it in."""
        process = await self.start("login", "--json")
        assert process.stdout is not None
        assert process.stderr is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line, (await process.stderr.read()).decode()
        await let_in(phone, json.loads(line)["user_code"])
        assert await asyncio.wait_for(process.wait(), 60) == 0, (await process.stderr.read()).decode()
        await process.communicate()


async def stranger(folder: Path) -> Path:
    """A fresh environment's Python with the wheel of the SDK in it, its dependencies held to the locked versions."""
    out, uv, python = folder / "wheel", Path(sys.executable).with_name("uv"), folder / "venv" / "bin" / "python"
    await _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, SDK)
    (wheel,) = out.glob("hanoismart-*.whl")
    await _run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    lines = [line.removesuffix("\\").strip() for line in LOCK.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
    (folder / "pins.txt").write_text("\n".join(lines), encoding="utf-8")
    requirement = f"hanoismart[cli,client,test] @ {wheel.as_uri()}"
    install = (uv, "pip", "install", "--quiet", "--python", python, "--no-build", "--constraint", folder / "pins.txt")
    await _run(*install, requirement, "fastapi")
    return python


async def _run(*command: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()[-3000:]


async def let_in(phone: Phone, user_code: str) -> None:
    """The person types the code on the hub's page and agrees."""
    browser = Browser.of(phone)
    page = await browser.get("/oauth/device")
    answer = await browser.post("/oauth/device", hidden(page) | {"user_code": user_code})
    location = httpx.URL(answer.headers["location"])
    agreed = await browser.agree(await browser.get(location.path, **dict(location.params)))
    assert agreed.status_code == 200, agreed.text
