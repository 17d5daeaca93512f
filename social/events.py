"""The facts of the social layer that others react to."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True)
class Replied(Event):
    """Somebody answered somebody else's post; nobody is told of an answer of their own."""

    name: ClassVar[str] = "social.replied"

    post_id: UUID
    reply_id: UUID
    author_id: UUID
    to_person_id: UUID


@dataclass(frozen=True, slots=True)
class PostHidden(Event):
    """A moderator took a post out of sight."""

    name: ClassVar[str] = "social.post_hidden"

    post_id: UUID
    owner_id: UUID
