"""Messages as an app shows them, in the reader's language."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.schemas import Out
from notifications.preferences.categories import Category


class NotificationOut(Out):
    id: UUID
    seq: int
    template: str
    """What kind of message it is; a mini-app's begins with its id."""
    category: Category
    title: str
    body: str
    link: str | None
    created_at: datetime
    read_at: datetime | None


class UnreadOut(Out):
    unread: int
