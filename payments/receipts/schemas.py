"""Receipts as the payer reads them."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.schemas import Out


class ReceiptOut(Out):
    id: UUID
    payment_id: UUID
    pattern: str
    series: str
    number: str
    """Seven digits."""
    agency: str
    agency_code: str
    tax_code: str
    payer: str
    payee: str
    description: str
    amount: int
    amount_in_words: str
    issued_at: datetime
    check_code: str
