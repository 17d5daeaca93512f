"""The hub's HTTP side: authentication, dispatch by path, and the stack of middlewares in their order."""

from kernel.http.dispatch import Dispatch
from kernel.http.stack import stack

__all__ = ["Dispatch", "stack"]
