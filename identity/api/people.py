"""The door to people: their public cards inside the house."""

from identity.people.queries import PersonCard, PersonNotFound, card, cards, locale_of, selves

__all__ = ["PersonCard", "PersonNotFound", "card", "cards", "locale_of", "selves"]
