"""Roles held by people; a role that ended stays as history."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from identity.models import Base


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    TRIAGE = "triage"
    MODERATOR = "moderator"
    SENIOR_MODERATOR = "senior_moderator"
    APPEALS = "appeals"
    ATTESTATION_OFFICER = "attestation_officer"
    AUDITOR = "auditor"
    COUNTER = "counter"
    REGISTRAR = "registrar"
    PRIVACY_OFFICER = "privacy_officer"
    INVESTIGATOR = "investigator"
    APP_REVIEWER = "app_reviewer"


class RoleHolding(Base):
    """`granted_by` is empty only for the first administrator, whom the command line makes. `area_id` limits a role to a unit."""

    __tablename__ = "role_holding"
    __table_args__ = (
        Index(
            "uq_role_holding_open",
            "person_id",
            "role",
            text("coalesce(area_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"), index=True)
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.admin_unit.id"))
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("identity.person.id"))
    granted_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
