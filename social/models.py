"""The declarative base of social's tables; each room keeps its own in its `models.py`."""

from sqlalchemy.orm import DeclarativeBase

from hanoismart.server.models import COLUMN_TYPES, metadata_for


class Base(DeclarativeBase):
    metadata = metadata_for("social")
    type_annotation_map = COLUMN_TYPES
