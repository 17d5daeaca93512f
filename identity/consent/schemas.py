"""A person's own view of the ledger."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.schemas import Out


class ConsentOut(Out):
    id: UUID
    client_id: str
    scope: str
    purpose_vi: str
    purpose_en: str
    given_at: datetime
    withdrawn_at: datetime | None
