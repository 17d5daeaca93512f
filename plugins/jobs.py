"""Every job of the plugins, and what may be uploaded for them: importing this registers both, in web and worker alike."""

from plugins import uploads
from plugins.analytics import jobs as analytics
from plugins.developers import jobs as developers
from plugins.erasures import jobs as erasures
from plugins.health import jobs as health
from plugins.launch import jobs as launch
from plugins.registry import moderated
from plugins.review import alarming
from plugins.review import jobs as review
from plugins.rollout import jobs as rollout
from plugins.rollout import watching
from plugins.webhooks import jobs as webhooks

__all__ = [
    "alarming",
    "analytics",
    "developers",
    "erasures",
    "health",
    "launch",
    "moderated",
    "review",
    "rollout",
    "uploads",
    "watching",
    "webhooks",
]
