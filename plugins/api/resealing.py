"""Which of plugins' columns the installation's ring seals: importing says so to the kernel."""

from kernel.resealing import register
from plugins.launch.models import LaunchSecret
from plugins.launch.telegram import context
from plugins.webhooks.models import Endpoint

register("plugins.webhook_endpoint", Endpoint, Endpoint.secret, lambda row: f"webhook:{row.app_id}".encode())
register("plugins.webhook_endpoint.old", Endpoint, Endpoint.old_secret, lambda row: f"webhook:{row.app_id}".encode())
register("plugins.launch_secret", LaunchSecret, LaunchSecret.secret, lambda row: context(row.app_id))
