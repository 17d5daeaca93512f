"""The files of a version; their bytes lie in the blob store under their digest, each once."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from plugins.models import Base
from plugins.registry.models import Version


class PackageFile(Base):
    """One file outside META/; `digest` is SHA-256, and `packages/<hex>` its key in the blob store. Size in bytes."""

    __tablename__ = "package_file"
    __table_args__ = (PrimaryKeyConstraint("version_id", "path"), Index(None, "digest"))

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    path: Mapped[str] = mapped_column(String(300))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(String(100))
