"""What an installation says about its push channels."""

from functools import lru_cache

from pydantic import Field, model_validator

from kernel.settings import Group, UnsafeSettings

_WEB_PUSH_HOSTS = "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"


class NotificationSettings(Group):
    """Push is off for a channel whose credentials are not set; the inbox and the stream need nothing."""

    fcm_project: str | None = Field(None, description="Firebase project that sends to the mobile app; unset: no app push")
    fcm_credentials: str | None = Field(None, description="path of the service account's JSON file", repr=False)
    fcm_endpoint: str | None = Field(None, description="address of a stand-in for FCM, development only")
    vapid_private_key: str | None = Field(None, description="ES256 key of web push, PEM; unset: no web push", repr=False)
    vapid_subject: str = Field("push@hanoismart.example", description="e-mail address push services may write to (RFC 8292)")
    web_push_hosts: str = Field(_WEB_PUSH_HOSTS, description="hosts a web push subscription may name; *. stands for any subdomain")
    web_push_insecure_hosts: str = Field("", description="host:port of stand-ins reached over plain HTTP, development only")

    @model_validator(mode="after")
    def _refuse_stand_ins(self) -> "NotificationSettings":
        if self.environment == "production" and (self.fcm_endpoint or self.web_push_insecure_hosts):
            raise UnsafeSettings("production sends to the real push services: HANOISMART_FCM_ENDPOINT, HANOISMART_WEB_PUSH_INSECURE_HOSTS")
        return self


@lru_cache(maxsize=1)
def settings() -> NotificationSettings:
    return NotificationSettings()
