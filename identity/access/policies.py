"""What each role may do."""

from collections.abc import Iterable
from typing import Final

from identity.access.models import Role

PERMISSIONS: Final[dict[Role, frozenset[str]]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            "roles.grant",
            "clients.manage",
            "miniapps.install",
            "miniapps.stop",
            "jobs.replay",
            "audit.read",
            "moderation.rules",
            "moderation.flag",
            "retention.manage",
        }
    ),
    Role.TRIAGE: frozenset({"moderation.read", "moderation.triage"}),
    Role.MODERATOR: frozenset({"moderation.read", "moderation.triage", "moderation.decide", "pii.read"}),
    Role.SENIOR_MODERATOR: frozenset(
        {
            "moderation.read",
            "moderation.triage",
            "moderation.decide",
            "moderation.approve",
            "moderation.bulk",
            "moderation.authorities",
            "moderation.flagged",
            "four_eyes.propose",
            "four_eyes.approve",
            "pii.read",
        }
    ),
    Role.APPEALS: frozenset({"moderation.read", "moderation.appeals"}),
    Role.ATTESTATION_OFFICER: frozenset({"attestations.issue", "proofing.review"}),
    Role.COUNTER: frozenset({"counter.enrol"}),
    Role.REGISTRAR: frozenset({"people.correct", "organisations.confirm", "proofing.review"}),
    Role.AUDITOR: frozenset({"audit.read", "moderation.read", "breaches.read"}),
    Role.PRIVACY_OFFICER: frozenset(
        {"privacy.handle", "breaches.handle", "breaches.read", "disclosures.approve", "four_eyes.propose", "four_eyes.approve"}
    ),
    Role.INVESTIGATOR: frozenset({"disclosures.investigate"}),
    Role.APP_REVIEWER: frozenset({"miniapps.review", "miniapps.stop"}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
