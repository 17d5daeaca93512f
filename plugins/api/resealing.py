"""Which of plugins' columns the installation's ring seals: importing says so to the kernel."""

from kernel.resealing import register
from plugins.webhooks.models import Endpoint

register("plugins.webhook_endpoint", Endpoint, Endpoint.secret, lambda row: f"webhook:{row.app_id}".encode())
