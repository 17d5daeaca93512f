"""The uploads of a house with a folder for files and no scanner."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from hanoismart.server.service import api
from kernel.blobs import open_blobs
from kernel.http import stack
from kernel.models import answers
from kernel.sealing import keyring
from kernel.settings import Settings
from kernel.uploads import routes
from kernel.uploads.ports import NoScanner
from tests.support.apps import ChosenCaller
from tests.support.uploads import MEBIBYTE, Site


@pytest_asyncio.fixture
async def site(committed_db: Database, tmp_path: Path) -> AsyncIterator[Site]:
    caller = ChosenCaller()
    parts: dict[str, Any] = {
        "blobs": open_blobs(Settings(_env_file=None, environment="test"), tmp_path),
        "scanner": NoScanner(allowed=True),
    }
    runtime = Runtime(committed_db, Cursors(b"test" * 8), Replays(answers, keyring()), parts)
    app = stack(api("test", [routes.router]), runtime, caller, larger_bodies={routes.PATH: 20 * MEBIBYTE})
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield Site(client, caller, runtime, parts, app)
