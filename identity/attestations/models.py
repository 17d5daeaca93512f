"""The table of attestations."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from identity.models import Base
from identity.organisations.models import Organisation
from identity.people.models import Person
from identity.places.models import AdminUnit


class AttestationKind(StrEnum):
    RESIDENCE = "residence"
    STUDENT = "student"
    ELDERLY = "elderly"
    DISABILITY = "disability"
    POOR_HOUSEHOLD = "poor_household"
    INVESTOR = "investor"


class Attestation(Base):
    """An agency's word about a person from `valid_from` to `valid_to`, both days included; residence names its commune.

    `lapsed_at`: when the end of its validity was told to those who act on it.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        CheckConstraint("(kind = 'residence') = (unit_id IS NOT NULL)", name="unit"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("uq_attestation_person_id_kind_current", "person_id", "kind", unique=True, postgresql_where=text("revoked_at IS NULL")),
        Index(None, "person_id", "created_at"),
        Index("ix_attestation_running_out", "valid_to", postgresql_where=text("revoked_at IS NULL AND lapsed_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[AttestationKind] = mapped_column(one_of(AttestationKind, "kind"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(AdminUnit.id))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(200))
    issued_by: Mapped[UUID]
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
    lapsed_at: Mapped[datetime | None]
