"""The table of organisations."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from identity.models import Base
from identity.people.models import Person


class OrganisationKind(StrEnum):
    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    CITY = "city"


class OrganisationState(StrEnum):
    """`pending` was registered by a person and waits for an officer; only a confirmed one can be acted for."""

    PENDING = "pending"
    CONFIRMED = "confirmed"


class Organisation(Base):
    """`code`: the agency code of Decision 20/2020/QĐ-TTg (`H26.15`), or an enterprise's own in the same grammar.

    `tax_code` of an enterprise: ten digits, thirteen for a dependent unit (Circular 105/2020/TT-BTC Art. 5, Law 56/2010 as amended).
    `registered_by` becomes its first administrator when an officer (`confirmed_by`, somebody else) confirms it.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(r"code ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$'", name="code"),
        CheckConstraint("tax_code IS NULL OR tax_code ~ '^([0-9]{10}|[0-9]{13})$'", name="tax_code"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> registered_by", name="four_eyes"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(35), unique=True)
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[OrganisationKind] = mapped_column(one_of(OrganisationKind, "kind"))
    state: Mapped[OrganisationState] = mapped_column(one_of(OrganisationState, "state"), server_default=text("'confirmed'"))
    tax_code: Mapped[str | None] = mapped_column(String(13), unique=True)
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id), index=True)
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[Created]
