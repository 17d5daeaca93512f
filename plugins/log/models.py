"""The log's leaves, and the hashes of the complete subtrees above them."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created
from plugins.models import Base
from plugins.registry.models import Version


class LogLeaf(Base):
    """One accepted version; `entry` is the canonical JSON (RFC 8785) that was hashed. Rows are only appended."""

    __tablename__ = "log_leaf"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), unique=True)
    entry: Mapped[bytes]
    at: Mapped[Created]


class LogNode(Base):
    """The hash of a complete subtree: `level` 0 are the leaves, `place` counts from the left. Rows are only appended."""

    __tablename__ = "log_node"
    __table_args__ = (PrimaryKeyConstraint("level", "place"),)

    level: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
