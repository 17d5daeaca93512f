"""What a person decided about one category on one channel; no row means the category's own default."""

from uuid import UUID

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, one_of
from notifications.models import Base
from notifications.preferences.categories import RULES, Category, Channel

_MANDATORY = ", ".join(f"'{category}'" for category, rule in RULES.items() if rule.mandatory)


class Preference(Base):
    __tablename__ = "preference"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "category", "channel"),
        CheckConstraint(f"enabled OR category NOT IN ({_MANDATORY})", name="mandatory"),
    )

    person_id: Mapped[UUID]
    category: Mapped[Category] = mapped_column(one_of(Category, "category"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    enabled: Mapped[bool]
    changed_at: Mapped[Created]
