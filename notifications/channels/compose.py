"""The senders an installation has, by its settings; heavy libraries are loaded only for channels that are on."""

from notifications.channels.ports import PushSender, Senders
from notifications.preferences.categories import Channel
from notifications.settings import NotificationSettings


def open_senders(chosen: NotificationSettings) -> Senders:
    """Closed by `close_senders`. Raises ValueError when a key or an account file cannot be read."""
    senders: dict[Channel, PushSender] = {}
    if chosen.fcm_project and (chosen.fcm_credentials or chosen.fcm_endpoint):
        from notifications.channels.firebase import FirebaseSender

        senders[Channel.APP_PUSH] = FirebaseSender(
            chosen.fcm_project, credentials_file=chosen.fcm_credentials, endpoint=chosen.fcm_endpoint
        )
    if chosen.vapid_private_key:
        from notifications.channels.webpush import WebPushSender

        senders[Channel.WEB_PUSH] = WebPushSender(chosen.vapid_private_key, chosen.vapid_subject)
    return senders


async def close_senders(senders: Senders) -> None:
    for sender in senders.values():
        await sender.close()
