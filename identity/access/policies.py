"""What each role may do."""

from collections.abc import Iterable
from typing import Final

from identity.access.models import Role

PERMISSIONS: Final[dict[Role, frozenset[str]]] = {
    Role.ADMINISTRATOR: frozenset({"roles.grant", "miniapps.install", "jobs.replay", "audit.read"}),
    Role.MODERATOR: frozenset({"moderation.read", "moderation.decide"}),
    Role.SENIOR_MODERATOR: frozenset({"moderation.read", "moderation.decide", "moderation.approve"}),
    Role.APPEALS: frozenset({"moderation.read", "moderation.appeals"}),
    Role.ATTESTATION_OFFICER: frozenset({"attestations.issue", "proofing.review"}),
    Role.COUNTER: frozenset({"counter.enrol"}),
    Role.REGISTRAR: frozenset({"people.correct", "organisations.confirm", "proofing.review"}),
    Role.AUDITOR: frozenset({"audit.read", "moderation.read"}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
