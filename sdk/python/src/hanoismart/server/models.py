"""Tables: one declarative base per PostgreSQL schema, with the naming convention and column types every package uses."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Enum, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

from hanoismart.clock import now
from hanoismart.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
"""The row's own UUIDv7."""
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
"""A moment, timestamptz, UTC in Python."""
Created = Annotated[datetime, mapped_column(DateTime(timezone=True), default=now)]
"""The moment the row was made, by the house's clock."""
Dong = Annotated[int, mapped_column(BigInteger)]
"""Money: whole đồng."""
Document = Annotated[dict[str, Any], mapped_column(JSONB)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
"""Ciphertext of `sealing`; never the value itself."""


def one_of(kind: type[StrEnum], name: str) -> Enum:
    """A StrEnum kept as text with a CHECK of its values; `name` names the constraint."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=64,
        values_callable=lambda members: [member.value for member in members],
    )


COLUMN_TYPES: dict[Any, Any] = {
    str: Text,
    datetime: DateTime(timezone=True),
    UUID: Uuid,
    bytes: LargeBinary,
    dict[str, Any]: JSONB,
    list[str]: JSONB,
}
"""The `type_annotation_map` of every declarative base."""


def metadata_for(schema: str) -> MetaData:
    """The metadata of one package or mini-app, whose tables live in the PostgreSQL schema `schema`."""
    return MetaData(schema=schema, naming_convention=NAMING)
