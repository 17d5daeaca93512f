"""Sign-ins that another device decides: a code to scan, or a push to approve."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class RequestKind(StrEnum):
    QR = "qr"
    PUSH = "push"


class RequestState(StrEnum):
    """`waiting` for a device, `claimed` by one person's device, then decided once, and `used` by the browser that asked."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"


class SignInRequest(Base):
    """One minute, one use. `bound_to` is the hash of the browser's interaction; `number` is what its page shows and the approver gives.

    A push for an account that does not exist stands here as well, with nobody to approve it, so that the page tells nothing.
    """

    __tablename__ = "sign_in_request"
    __table_args__ = (
        CheckConstraint("number BETWEEN 10 AND 99", name="number"),
        CheckConstraint("state IN ('waiting', 'refused') OR person_id IS NOT NULL", name="person"),
        CheckConstraint("wrong BETWEEN 0 AND 3", name="wrong"),
        Index(None, "person_id", "created_at"),
    )

    id: Mapped[Id]
    kind: Mapped[RequestKind] = mapped_column(one_of(RequestKind, "kind"))
    state: Mapped[RequestState] = mapped_column(one_of(RequestState, "state"))
    reference_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(32))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(120))
    number: Mapped[int] = mapped_column(SmallInteger)
    wrong: Mapped[int] = mapped_column(SmallInteger)
    device: Mapped[str] = mapped_column(String(200))
    network: Mapped[str] = mapped_column(String(50))
    place: Mapped[str | None] = mapped_column(String(120))
    approved_acr: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
