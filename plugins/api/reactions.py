"""What plugins do about facts of the floors below, for app/wiring."""

from plugins.capabilities.charging import payment_settled
from plugins.capabilities.reactions import consent_withdrawn

__all__ = ["consent_withdrawn", "payment_settled"]
