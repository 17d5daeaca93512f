"""Who may act for whom, in what, since when and until when; a mandate that ended stays as history."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base
from identity.organisations.models import Organisation
from identity.people.models import Person
from identity.places.models import AdminUnit


class OrganisationRole(StrEnum):
    """What a person may be for an organisation. An `officer` attests for an agency; an `administrator` gives roles to others."""

    ADMINISTRATOR = "administrator"
    REPRESENTATIVE = "representative"
    OFFICER = "officer"
    CLERK = "clerk"
    ACCOUNTANT = "accountant"
    DEVELOPER = "developer"


class OrganisationDelegation(Base):
    """One organisation lends another a set of roles; the other's administrators give them to their own people."""

    __tablename__ = "organisation_delegation"
    __table_args__ = (
        CheckConstraint("organisation_id <> to_organisation_id", name="two_organisations"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="validity"),
        CheckConstraint("NOT (roles ? 'administrator')", name="roles"),
        Index("ix_organisation_delegation_to", "to_organisation_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), index=True)
    to_organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    roles: Mapped[list[str]]
    granted_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    valid_from: Mapped[Instant]
    valid_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]


class OrganisationMandate(Base):
    """One role of one person for one organisation. `granted_by` is empty where an operator's command gave the first.

    `area_id` limits an officer to a unit; `delegation_id` says that the role was lent by another organisation.
    """

    __tablename__ = "organisation_mandate"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="validity"),
        CheckConstraint("granted_by IS NULL OR granted_by <> person_id OR role <> 'administrator'", name="own_administration"),
        Index(
            "uq_organisation_mandate_open",
            "organisation_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_organisation_mandate_person", "person_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_organisation_mandate_running_out", "valid_until", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    role: Mapped[OrganisationRole] = mapped_column(one_of(OrganisationRole, "role"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey(AdminUnit.id))
    delegation_id: Mapped[UUID | None] = mapped_column(ForeignKey(OrganisationDelegation.id), index=True)
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    valid_from: Mapped[Instant]
    valid_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]


class Ground(StrEnum):
    """Why somebody has a guardian (Civil Code 2015 Art. 46 to 48, 134 to 136)."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    INCAPACITY = "incapacity"


class PairState(StrEnum):
    """`proposed` waits for the other party."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"


class Guardianship(Base):
    """A guardian asks, the ward agrees (or an officer for them); a minor's ends on the eighteenth birthday, whatever the row says."""

    __tablename__ = "guardianship"
    __table_args__ = (
        CheckConstraint("guardian_id <> ward_id", name="two_people"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("state <> 'active' OR (agreed_by IS NOT NULL AND agreed_by <> guardian_id)", name="both_parties"),
        Index("uq_guardianship_open", "guardian_id", "ward_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_guardianship_ward", "ward_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_guardianship_running_out", "valid_until", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    guardian_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    ground: Mapped[Ground] = mapped_column(one_of(Ground, "ground"))
    state: Mapped[PairState] = mapped_column(one_of(PairState, "state"))
    reference: Mapped[str] = mapped_column(String(200))
    valid_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    agreed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]


class Delegation(Base):
    """A power of attorney (ủy quyền): what `to_person_id` may do in the name of `from_person_id`, accepted before it counts."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("from_person_id <> to_person_id", name="two_people"),
        CheckConstraint("valid_until > valid_from", name="validity"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        Index(None, "from_person_id", "created_at"),
        Index(None, "to_person_id", "created_at"),
        Index("ix_delegation_running_out", "valid_until", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    from_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    to_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    scopes: Mapped[list[str]]
    state: Mapped[PairState] = mapped_column(one_of(PairState, "state"))
    valid_from: Mapped[Instant]
    valid_until: Mapped[Instant]
    created_at: Mapped[Created]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
