"""Administrative units and what became of them; a code names a unit only together with a date."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Id, one_of
from identity.models import Base


class UnitLevel(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class UnitKind(StrEnum):
    TINH = "tinh"
    THANH_PHO = "thanh_pho"
    QUAN = "quan"
    HUYEN = "huyen"
    THI_XA = "thi_xa"
    PHUONG = "phuong"
    XA = "xa"
    THI_TRAN = "thi_tran"
    DAC_KHU = "dac_khu"


class SuccessionKind(StrEnum):
    MERGE_WHOLE = "merge_whole"
    MERGE_PART = "merge_part"
    RENAME = "rename"
    SPLIT = "split"
    ABOLISH = "abolish"


class AdminUnit(Base):
    """Valid from `valid_from` until the day before `valid_to` (None: until further notice)."""

    __tablename__ = "admin_unit"
    __table_args__ = (
        CheckConstraint("gso_code ~ '^[0-9]{2,5}$'", name="gso_code"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        # Both parts are ranges, so that no extension is needed.
        ExcludeConstraint(
            (text("int4range(gso_code::int, gso_code::int, '[]')"), "&&"),
            (text("daterange(valid_from, valid_to, '[)')"), "&&"),
            where=text("level = 'commune'"),
            using="gist",
            name="ex_admin_unit_one_commune_per_code_at_a_time",
        ),
        Index(None, "name_folded"),
        Index(None, "gso_code", "valid_from"),
    )

    id: Mapped[Id]
    gso_code: Mapped[str] = mapped_column(String(5))
    level: Mapped[UnitLevel] = mapped_column(one_of(UnitLevel, "level"))
    kind: Mapped[UnitKind] = mapped_column(one_of(UnitKind, "kind"))
    name: Mapped[str] = mapped_column(String(120))
    name_search: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    legal_basis: Mapped[str] = mapped_column(String(200))


class AdminUnitSuccession(Base):
    __tablename__ = "admin_unit_succession"
    __table_args__ = (Index(None, "from_id"), Index(None, "to_id"))

    id: Mapped[Id]
    from_id: Mapped[UUID] = mapped_column(ForeignKey(AdminUnit.id))
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey(AdminUnit.id))
    kind: Mapped[SuccessionKind] = mapped_column(one_of(SuccessionKind, "kind"))
    effective: Mapped[date] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(String(500))
