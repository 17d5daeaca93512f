"""Registration of OAuth clients, for mini-apps and partners."""

from identity.clients.models import ClientKind
from identity.clients.service import ClientSpec, ensure, exists

__all__ = ["ClientKind", "ClientSpec", "ensure", "exists"]
