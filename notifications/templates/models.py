"""Templates that mini-apps bring along; those of the house stand in its code."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, one_of
from notifications.models import Base
from notifications.preferences.categories import Category


class StoredTemplate(Base):
    __tablename__ = "template"

    key: Mapped[str] = mapped_column(String(240), primary_key=True)
    category: Mapped[Category] = mapped_column(one_of(Category, "category"))
    title_vi: Mapped[str]
    title_en: Mapped[str]
    body_vi: Mapped[str]
    body_en: Mapped[str]
    changed_at: Mapped[Created]
