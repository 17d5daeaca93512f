"""The door to what agencies vouch for: facts about many people at once, never the file behind them."""

from identity.attestations.models import AttestationKind
from identity.attestations.queries import Fact, facts

__all__ = ["AttestationKind", "Fact", "facts"]
