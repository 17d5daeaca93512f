"""What a process hands every request: its database, its cursor signer, its replay store, and whatever else it composes by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors


@dataclass(frozen=True, slots=True)
class Runtime:
    """Reached by `request.scope["runtime"]`. `parts` holds what only some rooms know (a blob store, a push sender), by its name."""

    database: Database
    cursors: Cursors
    replays: Replays | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
