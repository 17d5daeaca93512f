"""Every router of notifications, for the composition of the app."""

from notifications.addresses.routes import router as addresses
from notifications.inbox.routes import router as inbox
from notifications.preferences.routes import router as preferences
from notifications.stream.routes import router as stream

ROUTERS = (inbox, preferences, addresses, stream)
