"""Operators, car parks, their capacity by vehicle class, and what was observed of them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from miniapps.parking.server.models import Base, VehicleClass


class Operator(Base):
    __tablename__ = "operator"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str]
    created_at: Mapped[Created]


class Place(Base):
    """A car park. `invented`: it stands for a real one in the demonstration, and nobody should drive there."""

    __tablename__ = "place"
    __table_args__ = (
        Index(None, "latitude", "longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey(Operator.id))
    name: Mapped[str]
    address: Mapped[str]
    district: Mapped[str]
    latitude: Mapped[float] = mapped_column(Double)
    longitude: Mapped[float] = mapped_column(Double)
    rate_code: Mapped[str] = mapped_column(String(60))
    invented: Mapped[bool]
    created_at: Mapped[Created]


class Capacity(Base):
    __tablename__ = "capacity"
    __table_args__ = (PrimaryKeyConstraint("place_id", "vehicle_class"), CheckConstraint("spaces >= 0", name="not_negative"))

    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    vehicle_class: Mapped[VehicleClass] = mapped_column(one_of(VehicleClass, "vehicle_class"))
    spaces: Mapped[int] = mapped_column(Integer)


class Source(StrEnum):
    """Who says so; a simulated figure is never shown as a measured one."""

    SIMULATED = "simulated"
    OPERATOR = "operator"


class OccupancyObservation(Base):
    __tablename__ = "occupancy_observation"
    __table_args__ = (Index(None, "place_id", "vehicle_class", "at"), CheckConstraint("free >= 0", name="not_negative"))

    id: Mapped[Id]
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    vehicle_class: Mapped[VehicleClass] = mapped_column(one_of(VehicleClass, "vehicle_class"))
    at: Mapped[Instant]
    free: Mapped[int] = mapped_column(Integer)
    source: Mapped[Source] = mapped_column(one_of(Source, "source"))
