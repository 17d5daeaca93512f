"""The declarative base of the schema `miniapp_parking`, and its table of what counts once."""

from enum import StrEnum

from sqlalchemy.orm import DeclarativeBase

from hanoismart.server.miniapp import once_table
from hanoismart.server.models import COLUMN_TYPES, metadata_for

SCHEMA = "miniapp_parking"


class Base(DeclarativeBase):
    metadata = metadata_for(SCHEMA)
    type_annotation_map = COLUMN_TYPES


class VehicleClass(StrEnum):
    CAR = "car"
    MOTORBIKE = "motorbike"


once = once_table(Base.metadata)
