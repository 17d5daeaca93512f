"""What payments hold of a person, for an archive. The books are kept by law and are not erased: they name an account, not a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payments.intents.models import IntentRow
from payments.receipts.models import ReceiptRow


async def export(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """Payments asked of the person, and their receipts. Money in whole đồng."""
    intents = select(
        IntentRow.code, IntentRow.amount, IntentRow.description_vi, IntentRow.state, IntentRow.created_at, IntentRow.settled_at
    ).where(IntentRow.payer_id == person_id)
    receipts = select(
        ReceiptRow.number, ReceiptRow.payer_name, ReceiptRow.payee_name, ReceiptRow.amount, ReceiptRow.description_vi, ReceiptRow.issued_at
    ).where(ReceiptRow.payer_id == person_id)
    return {
        "payments": [dict(row) for row in (await session.execute(intents.order_by(IntentRow.created_at))).mappings()],
        "receipts": [dict(row) for row in (await session.execute(receipts.order_by(ReceiptRow.issued_at))).mappings()],
    }
