"""Every job of the plugins, and what may be uploaded for them: importing this registers both, in web and worker alike."""

from plugins import uploads
from plugins.launch import jobs as launch
from plugins.webhooks import jobs as webhooks

__all__ = ["launch", "uploads", "webhooks"]
