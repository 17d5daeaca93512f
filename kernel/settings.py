"""Settings from the environment: typed groups that refuse to start in production with a value meant for development."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "HANOISMART_"


class UnsafeSettings(Exception):
    """A production process was started with settings that only development may use."""


def development_key(purpose: str) -> str:
    """A 32-byte key everyone can read here: it is refused in production."""
    return "development:" + base64.b64encode(f"development only: {purpose}".ljust(32, ".").encode()[:32]).decode()


class Group(BaseSettings):
    """One package's settings. `development_only` names the fields whose default must be replaced in production."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)
    development_only: ClassVar[frozenset[str]] = frozenset()
    groups: ClassVar[list[type[Group]]] = []

    environment: Literal["development", "test", "production"] = Field("development", description="development, test or production")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        Group.groups.append(cls)

    @model_validator(mode="after")
    def _refuse_defaults(self) -> Group:
        if self.environment != "production":
            return self
        fields = type(self).model_fields
        left = sorted(PREFIX + name.upper() for name in self.development_only if getattr(self, name) == fields[name].default)
        if left:
            raise UnsafeSettings(f"production needs values of its own for: {', '.join(left)}")
        return self


class Settings(Group):
    """What the kernel itself needs."""

    development_only = frozenset({"database_url", "redis_url", "sealing_keys", "index_keys", "cursor_key", "public_url"})

    database_url: str | None = Field(
        None, description="PostgreSQL 15 to 18, postgresql+asyncpg://…; unset: the embedded server of development", repr=False
    )
    redis_url: str | None = Field(
        None, description="Redis 6.2 or newer (or Valkey), redis://…; unset: the embedded server of development", repr=False
    )
    public_url: str = Field("http://localhost:8000", description="where clients reach this installation; issuer of tokens")
    sealing_keys: str = Field(
        development_key("sealing"), description="id:base64 of 32 bytes, comma separated; the first seals, all open", repr=False
    )
    index_keys: str = Field(
        development_key("blind index"),
        description="peppers of blind indexes, id:base64 of 32 bytes; the first writes, all are searched",
        repr=False,
    )
    keys_file: str | None = Field(
        None, description="file of keys that rotate without a restart (python -m app secrets); what it names wins over the settings"
    )
    cursor_key: str = Field(development_key("cursors"), description="signs page cursors, id:base64 of 32 bytes", repr=False)
    database_pool: int = Field(10, ge=1, le=100, description="connections per process for sessions; as many again in a burst")
    reads_pool: int = Field(4, ge=1, le=50, description="connections per process for hot reads (2 to 4 times the cores)")
    blob_url: str = Field("file", description="where files are kept: file (a folder under .data) or s3://bucket/prefix")
    blob_endpoint: str | None = Field(None, description="endpoint of an S3 that is not Amazon's")
    blob_region: str = Field("ap-southeast-1", description="region of the S3 bucket")
    blob_access_key: str | None = Field(None, description="access key of the S3 bucket", repr=False)
    blob_secret_key: str | None = Field(None, description="secret key of the S3 bucket", repr=False)
    clamd_url: str | None = Field(
        None, description="virus scanner of uploads, tcp://host:port or unix:///path; unset: none is accepted in production"
    )
    open_calls_per_minute: int = Field(
        600, ge=1, description="calls a minute from one address to each door that anyone may use and that writes (sign-in, proofing)"
    )
    trust_proxy: bool = Field(default=False, description="believe X-Request-Id and X-Forwarded-For: only behind a proxy of yours")
    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines")
    log_requests: bool = Field(default=True, description="write a line per request; figures are kept either way")
    metrics_token: str | None = Field(
        None, description="bearer token that /metrics asks for; unset: in development only this machine may read it", repr=False
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once. Raises UnsafeSettings."""
    return Settings()


def parse_keys(text: str) -> tuple[dict[str, bytes], str]:
    """`id:base64,id:base64` as keys by id, and the id of the first. Raises ValueError."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not key_id or len(key) != 32:
            raise ValueError("keys are written id:base64, each of 32 bytes")
        keys[key_id] = key
    return keys, next(iter(keys))
