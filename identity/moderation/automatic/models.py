"""Automatic rules, version by version, and what each of them met."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, one_of
from identity.models import Base


class Mode(StrEnum):
    """`shadow`: what it would do is only written down."""

    OFF = "off"
    SHADOW = "shadow"
    LIVE = "live"


class Effect(StrEnum):
    """What a live rule does to a case: never a decision, which people make."""

    ROUTE = "route"
    RAISE = "raise"
    HIDE = "hide"


class AutomaticRule(Base):
    """`conditions`: words (any of, folded), least_reports, least_links, subject_kind, language. A change is a new version."""

    __tablename__ = "moderation_automatic_rule"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index("uq_moderation_automatic_rule_current", "key", unique=True, postgresql_where=text("current")),
        CheckConstraint("effect <> 'route' OR queue IS NOT NULL", name="queue"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    current: Mapped[bool]
    mode: Mapped[Mode] = mapped_column(one_of(Mode, "mode"))
    effect: Mapped[Effect] = mapped_column(one_of(Effect, "effect"))
    queue: Mapped[str | None] = mapped_column(String(40))
    conditions: Mapped[Document]
    text_vi: Mapped[str] = mapped_column(String(500))
    text_en: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[UUID]
    made_at: Mapped[Created]


class AutomaticMatch(Base):
    """A rule met a case; in shadow mode this row is all that happened."""

    __tablename__ = "moderation_automatic_match"
    __table_args__ = (UniqueConstraint("rule_id", "case_id"),)

    id: Mapped[Id]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey(AutomaticRule.id))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("identity.moderation_case.id"))
    mode: Mapped[Mode] = mapped_column(one_of(Mode, "mode"))
    at: Mapped[Created]
