"""Registration of OAuth clients, for mini-apps and partners."""

from identity.clients.models import ClientKind, ClientState
from identity.clients.service import ClientSpec, ensure, exists, forget_tokens, state

__all__ = ["ClientKind", "ClientSpec", "ClientState", "ensure", "exists", "forget_tokens", "state"]
