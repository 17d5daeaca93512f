"""The door to moderation: upper floors register what can be moderated, and ask whether a social account is locked."""

from identity.moderation.kinds import ModeratedKind, Snapshot, SubjectNotFound, register
from identity.moderation.rules import seed
from identity.moderation.sanctions import limited, locked, sanctions

__all__ = ["ModeratedKind", "Snapshot", "SubjectNotFound", "limited", "locked", "register", "sanctions", "seed"]
