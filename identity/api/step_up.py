"""Door: asking for a fresh sign-in before an operation."""

from identity.step_up.service import ActionFrozen, require
from kernel.access import StepUpRequired

__all__ = ["ActionFrozen", "StepUpRequired", "require"]
