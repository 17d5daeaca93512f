"""The HanoiSmart SDK: what a mini-app and the hub must agree on, word for word."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hanoismart.client import HubError, HubRefused, HubUnreachable, NotAgreed, PaymentIntent
    from hanoismart.miniapp import AssertionRefused, LaunchRefused, MemoryOnce, MiniApp, Once, ScopesMissing, User
    from hanoismart.text import Text
    from hanoismart.tokens import Launch
    from hanoismart.webhooks import Received, WebhookRefused

__version__ = "0.2.0"
__all__ = [
    "AssertionRefused",
    "HubError",
    "HubRefused",
    "HubUnreachable",
    "Launch",
    "LaunchRefused",
    "MemoryOnce",
    "MiniApp",
    "NotAgreed",
    "Once",
    "PaymentIntent",
    "Received",
    "ScopesMissing",
    "Text",
    "User",
    "WebhookRefused",
    "__version__",
]
# Taken when first asked for: a program that needs only the vocabulary loads neither the client nor its HTTP library.
_HOMES: Final = {
    "hanoismart.client": ("HubError", "HubRefused", "HubUnreachable", "NotAgreed", "PaymentIntent"),
    "hanoismart.miniapp": ("AssertionRefused", "LaunchRefused", "MemoryOnce", "MiniApp", "Once", "ScopesMissing", "User"),
    "hanoismart.text": ("Text",),
    "hanoismart.tokens": ("Launch",),
    "hanoismart.webhooks": ("Received", "WebhookRefused"),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'hanoismart' has no attribute {name!r}")
    return getattr(import_module(home), name)
