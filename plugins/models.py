"""The declarative base of the schema `plugins`."""

from sqlalchemy.orm import DeclarativeBase

from hanoismart.server.models import COLUMN_TYPES, metadata_for


class Base(DeclarativeBase):
    metadata = metadata_for("plugins")
    type_annotation_map = COLUMN_TYPES
