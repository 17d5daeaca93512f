"""Every job of the plugins: importing this registers them, in web and worker alike."""

from plugins.launch import jobs as launch
from plugins.webhooks import jobs as webhooks

__all__ = ["launch", "webhooks"]
