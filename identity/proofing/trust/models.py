"""The pinned roots of countries and their revocation lists: public certificates, kept as they were published."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base


class RootKind(StrEnum):
    """`link`: a new key of a country, vouched for by its old one (ICAO 9303-12 section 5.2)."""

    ROOT = "root"
    LINK = "link"


class TrustCertificate(Base):
    """`country` is the issuer code of the machine-readable zone (`VNM`, `D`); the certificate counts for that country alone."""

    __tablename__ = "trust_certificate"
    __table_args__ = (CheckConstraint("country ~ '^[A-Z]{1,3}$'", name="country"), Index(None, "country", "not_after"))

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(String(3))
    kind: Mapped[RootKind] = mapped_column(one_of(RootKind, "kind"))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    encoded: Mapped[bytes] = mapped_column(LargeBinary)
    not_before: Mapped[Instant]
    not_after: Mapped[Instant]
    source: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[Created]
    alarmed_at: Mapped[datetime | None]


class TrustRevocationList(Base):
    """One list per authority of a country: a newer one takes the place of the older."""

    __tablename__ = "trust_revocation_list"
    __table_args__ = (CheckConstraint("country ~ '^[A-Z]{1,3}$'", name="country"), Index(None, "country", "authority", unique=True))

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(String(3))
    authority: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    encoded: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[Instant]
    next_update: Mapped[datetime | None]
    added_at: Mapped[Created]
    alarmed_at: Mapped[datetime | None]
