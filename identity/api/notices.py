"""Door: telling a person what happened to their account, and the words it is told in."""

from identity.notices.models import Channel, NoticeKind
from identity.notices.service import tell
from identity.notices.words import SENTENCES

__all__ = ["SENTENCES", "Channel", "NoticeKind", "tell"]
