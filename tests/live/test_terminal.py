"""The command `hs` at a running hub: signing in by a code, tokens that are renewed, and signing out."""

import json
from datetime import timedelta
from pathlib import Path

from hanoismart import clock
from tests.support.developers import Terminal
from tests.support.live import Live


async def test_a_developer_signs_in_by_a_code_and_out_again(live: Live, tmp_path: Path) -> None:
    terminal = Terminal(live.base, tmp_path, tmp_path / "config")
    refused = await terminal.hs("org", "list", code=7)
    assert "hs login" in refused["error"]["en"]
    await terminal.sign_in(await live.phone(name="Lan"))
    (kept,) = (tmp_path / "config" / "hubs").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert await terminal.hs("org", "list") == {"items": []}
    held = json.loads(kept.read_text())
    kept.write_text(json.dumps(held | {"expires_at": (clock.now() - timedelta(minutes=1)).isoformat()}))
    assert await terminal.hs("org", "list") == {"items": []}, "an old token is renewed"
    assert json.loads(kept.read_text())["access_token"] != held["access_token"]
    await terminal.hs("logout")
    assert not kept.exists()
    await terminal.hs("org", "list", code=7)
    assert held["refresh_token"] not in live.wrote()
