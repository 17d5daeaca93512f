"""Every job of the plugins, and what may be uploaded for them: importing this registers both, in web and worker alike."""

from plugins import uploads
from plugins.launch import jobs as launch
from plugins.rollout import jobs as rollout
from plugins.rollout import service as rolling  # what a rollout refuses is known wherever jobs run
from plugins.webhooks import jobs as webhooks

__all__ = ["launch", "rolling", "rollout", "uploads", "webhooks"]
