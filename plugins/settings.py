"""Plugins' settings."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from kernel.settings import Group, UnsafeSettings


class PluginsSettings(Group):
    page_host: str = Field(
        "apps.localhost", description="mini-apps' pages live at <name>.<page_host>; their calls to the gateway are let in"
    )
    gateway_calls: int = Field(
        64, ge=1, le=10_000, description="calls under way to one mini-app's backend per process; the next is refused"
    )
    gateway_streams: int = Field(
        200, ge=1, le=100_000, description="event streams and large downloads under way from one mini-app's backend per process"
    )

    page_origins: Literal["unique", "opaque"] = Field(
        "unique",
        description="unique: each app's pages have an origin of their own (needs wildcard DNS and certificate); opaque: they have none",
    )
    dns_server: str | None = Field(
        None, description="host:port of the name server that proofs of domains are looked up at; unset: the system's"
    )
    proof_authorities: str | None = Field(
        None, description="PEM file of authorities believed beside the system's where a proof is read at a domain's own address"
    )
    proof_port: int = Field(443, ge=1, le=65_535, description="port that proofs are read at; production takes 443 alone")
    erasure_days: int = Field(20, ge=1, le=90, description="days an app has to erase what it holds of a person who left it")
    submissions_per_day: int = Field(
        20, ge=1, le=1_000, description="versions of one app that are taken in 24 hours; five times as many packages are read"
    )
    review_days: int = Field(3, ge=1, le=60, description="working days in which a submitted version is reviewed")

    @model_validator(mode="after")
    def _well_known_port(self) -> "PluginsSettings":
        """On another port anybody with an account on a machine could answer for its domain."""
        if self.environment == "production" and self.proof_port != 443:
            raise UnsafeSettings("HANOISMART_PROOF_PORT must be 443 in production")
        return self

    @property
    def registry_environment(self) -> Literal["sandbox", "production"]:
        """What packages must be signed for to be taken here."""
        return "production" if self.environment == "production" else "sandbox"

    @property
    def inward_calls(self) -> bool:
        """Whether backends may stand on this machine or in an inner network: never in production."""
        return self.environment != "production"


@lru_cache(maxsize=1)
def settings() -> PluginsSettings:
    """The process's settings for plugins, read once."""
    return PluginsSettings()
