"""A person's own view of the ledger."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import Out


class ConsentOut(Out):
    id: UUID
    client_id: str
    scope: str
    purpose_vi: str
    purpose_en: str
    given_at: datetime
    withdrawn_at: datetime | None
    two_parties: bool = Field(description="counts when a representative has agreed too")
    represented_at: datetime | None


class ReceiptLineOut(Out):
    scope: str
    purpose_vi: str
    purpose_en: str
    purpose_sha256: str
    withdrawn_at: datetime | None


class ReceiptOut(Out):
    """What was shown and agreed to in one act: every scope by its own choice, with its own words."""

    id: UUID
    client_id: str
    given_at: datetime
    given_by_representative: bool
    request_id: str | None
    consents: list[ReceiptLineOut]
