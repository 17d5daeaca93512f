"""The door to organisations."""

from identity.organisations.models import OrganisationKind
from identity.organisations.service import Organisation, OrganisationNotFound, by_code, ensure, organisation

__all__ = ["Organisation", "OrganisationKind", "OrganisationNotFound", "by_code", "ensure", "organisation"]
