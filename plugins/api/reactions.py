"""What plugins do about facts of the floors below, for app/wiring."""

from plugins.capabilities.charging import payment_settled
from plugins.capabilities.reactions import consent_withdrawn
from plugins.mine.merging import bring_back, carry_over

__all__ = ["bring_back", "carry_over", "consent_withdrawn", "payment_settled"]
