"""The table of organisations."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from identity.models import Base


class OrganisationKind(StrEnum):
    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    CITY = "city"


class Organisation(Base):
    """`code`: the agency code of Decision 20/2020/QĐ-TTg (`H26.15`), or an enterprise's own in the same grammar."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint(r"code ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$'", name="code"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(35), unique=True)
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[OrganisationKind] = mapped_column(one_of(OrganisationKind, "kind"))
    created_at: Mapped[Created]
