"""The door to people: their public cards inside the house."""

from identity.people.queries import PersonCard, PersonNotFound, card, cards, every_self, locale_of

__all__ = ["PersonCard", "PersonNotFound", "card", "cards", "every_self", "locale_of"]
