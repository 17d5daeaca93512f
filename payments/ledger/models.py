"""The books: accounts, movements and their lines; triggers refuse a change, and a movement whose lines do not add up to zero."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Dong, Id, one_of
from payments.models import Base


class AccountKind(StrEnum):
    PROVIDER_CLEARING = "provider_clearing"
    """What a provider has taken in and owes the house; its balance is negative."""
    OPERATOR_PAYABLE = "operator_payable"
    AGENCY_REVENUE = "agency_revenue"
    PERSON_PAYABLE = "person_payable"
    SUSPENSE = "suspense"
    """Money that arrived without a claim to it, until somebody decides."""
    REFUND_PAYABLE = "refund_payable"
    ESCROW = "escrow"


class MovementKind(StrEnum):
    SETTLEMENT = "settlement"
    SUSPENSE = "suspense"
    TRANSFER = "transfer"


class Account(Base):
    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[Id]
    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind, "kind"))
    key: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Created]


class Movement(Base):
    __tablename__ = "movement"

    id: Mapped[Id]
    kind: Mapped[MovementKind] = mapped_column(one_of(MovementKind, "kind"))
    reference: Mapped[str] = mapped_column(String(200), index=True)
    occurred_at: Mapped[Created]
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))
    """The transaction that wrote it; a trigger lets no other add a line."""


class Entry(Base):
    """One side of a movement. Positive: the house owes the account's holder more; negative: the holder owes the house more."""

    __tablename__ = "entry"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)

    id: Mapped[Id]
    movement_id: Mapped[UUID] = mapped_column(ForeignKey(Movement.id), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), index=True)
    amount: Mapped[Dong]
