"""What a mini-app's backend must be told to run, wherever it runs."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import OKPKey

from hanoismart.server.sealing import Keyring
from hanoismart.tokens import private_key


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniAppSettings:
    """`database_url` is postgresql+asyncpg://…; `hub_url` is where calls to the hub go, `issuer` the hub's public address.

    `key` is registered at the hub for this app; `sealing_key` (32 bytes) seals stored answers; `cursor_key` signs page cursors.
    """

    database_url: str
    hub_url: str
    issuer: str
    key: OKPKey
    sealing_key: bytes = field(repr=False)
    cursor_key: bytes = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    pool_size: int = 5

    @property
    def keyring(self) -> Keyring:
        return Keyring({"1": self.sealing_key}, "1")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "MiniAppSettings":
        """Read HS_DATABASE_URL, HS_HUB_URL, HS_KEY_FILE (a JWK), HS_SEALING_KEY and HS_CURSOR_KEY (base64 of 32 bytes); if given HS_ISSUER
        (the hub's public address) and HS_WEBHOOK_SECRETS (space separated). Raises KeyError naming what is missing.
        """
        hub_url = environment["HS_HUB_URL"].rstrip("/")
        return cls(
            database_url=environment["HS_DATABASE_URL"],
            hub_url=hub_url,
            issuer=environment.get("HS_ISSUER", hub_url),
            key=private_key(json.loads(Path(environment["HS_KEY_FILE"]).read_text(encoding="utf-8"))),
            sealing_key=base64.b64decode(environment["HS_SEALING_KEY"], validate=True),
            cursor_key=base64.b64decode(environment["HS_CURSOR_KEY"], validate=True),
            webhook_secrets=tuple(environment.get("HS_WEBHOOK_SECRETS", "").split()),
        )
