"""Settings of the composition: where the outside parties are reached."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from kernel.settings import Group, UnsafeSettings


class AppSettings(Group):
    sms_gateway_url: str | None = Field(None, description="HTTP gateway that sends text messages; unset: none are sent")
    sms_gateway_token: str | None = Field(None, description="bearer token of the text message gateway", repr=False)
    smtp_host: str | None = Field(None, description="mail server for codes and notices; unset: no e-mail is sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the mail server is spoken to; none only on this machine or in development (refused in production)"
    )
    smtp_user: str | None = Field(None, description="user of the mail server")
    smtp_password: str | None = Field(None, description="password of the mail server", repr=False)
    mail_from: str = Field("HanoiSmart <no-reply@localhost>", description="sender of e-mail")
    password_threads: int = Field(1, ge=1, le=16, description="threads that hash passwords; one does about 25 a second")
    passwords_waiting: int = Field(
        8, ge=1, le=100, description="password sign-ins that may wait for a thread; the next is told to come again"
    )
    places_file: str | None = Field(None, description="table of networks, lines of network,place,AS number; unset: places are not known")
    sim_change_url: str | None = Field(None, description="operator's service that tells when a SIM was changed; unset: nobody is asked")
    holder_matching: Literal["review", "development"] = Field(
        "review", description="review: staff match a chip's holder; development: every chip is matched at once (refused in production)"
    )
    app_redirects: str = Field(
        "",
        description="where the city's own app is sent back to after sign-in, comma separated; registered by migrate, unset: not registered",
    )
    app_signed_out: str = Field("", description="where the city's own app is sent back to after signing out, comma separated")
    miniapp_backends: str = Field(
        "", description="mini-app backends in this process: app_id=module whose `backend` is a Backend, comma separated"
    )
    miniapp_keys: str = Field(".data/miniapps", description="folder of the private keys of backends in this process, made on first use")

    @model_validator(mode="after")
    def _refuse_development_matching(self) -> "AppSettings":
        if self.environment == "production" and self.holder_matching == "development":
            raise UnsafeSettings("production matches holders by review: HANOISMART_HOLDER_MATCHING")
        if self.environment == "production" and self.smtp_host is not None and self.smtp_security == "none":
            raise UnsafeSettings("production sends e-mail over TLS: HANOISMART_SMTP_SECURITY")
        return self


@lru_cache(maxsize=1)
def settings() -> AppSettings:
    """The process's composition settings, read once."""
    return AppSettings()
