"""Every module of notifications that registers a job; importing them is enough."""

from notifications.channels import jobs as channels
from notifications.stream import jobs as stream

MODULES = (channels, stream)
