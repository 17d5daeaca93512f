"""Settings of the composition: where the outside parties are reached."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from kernel.settings import Group, UnsafeSettings


class AppSettings(Group):
    sms_gateway_url: str | None = Field(None, description="HTTP gateway that sends text messages; unset: none are sent")
    sms_gateway_token: str | None = Field(None, description="bearer token of the text message gateway", repr=False)
    holder_matching: Literal["review", "development"] = Field(
        "review", description="review: staff match a chip's holder; development: every chip is matched at once (refused in production)"
    )
    miniapp_backends: str = Field(
        "", description="mini-app backends in this process: app_id=module whose `backend` is a MiniApp, comma separated"
    )
    miniapp_keys: str = Field(".data/miniapps", description="folder of the private keys of backends in this process, made on first use")

    @model_validator(mode="after")
    def _refuse_development_matching(self) -> "AppSettings":
        if self.environment == "production" and self.holder_matching == "development":
            raise UnsafeSettings("production matches holders by review: HANOISMART_HOLDER_MATCHING")
        return self


@lru_cache(maxsize=1)
def settings() -> AppSettings:
    """The process's composition settings, read once."""
    return AppSettings()
