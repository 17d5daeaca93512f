"""The door to mandates: who may act for whom now, and what a token says of it."""

from identity.mandates.acting import ActFor, MandateKind, MandateMissing, acting, acting_for, all_of, guardians_of, members, wards_of
from identity.mandates.models import OrganisationRole
from identity.mandates.organisations import NewMandate, first_administrator, grant

__all__ = [
    "ActFor",
    "MandateKind",
    "MandateMissing",
    "NewMandate",
    "OrganisationRole",
    "acting",
    "acting_for",
    "all_of",
    "first_administrator",
    "grant",
    "guardians_of",
    "members",
    "wards_of",
]
