"""The door to what is known of a person: the trust level, the identity level and the attested residence."""

from identity.people.levels import settle
from identity.people.queries import Facts, facts, residence, trust_level

__all__ = ["Facts", "facts", "residence", "settle", "trust_level"]
