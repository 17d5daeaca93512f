"""Which of notifications' columns the installation's ring seals: importing says so to the kernel."""

from kernel.resealing import register
from notifications.addresses.models import PushAddress

register("notifications.push_address", PushAddress, PushAddress.value, lambda row: bytes(row.value_hash))
