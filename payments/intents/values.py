"""What crosses the door: whom the money is for, and where a wish for it stands."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hanoismart.text import Text

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that is misread


@dataclass(frozen=True, slots=True)
class Payee:
    """`key` names the payee for good among its kind; name and bank account may change."""

    kind: Literal["operator", "agency", "person"]
    key: str
    name: str
    bank_bin: str
    account: str


@dataclass(frozen=True, slots=True)
class Intent:
    id: UUID
    state: str
    """created, settled, expired or cancelled."""
    amount: int
    reference: str
    qr_text: str
    expires_at: datetime
    code: str
    payer_id: UUID | None
    payee_name: str
    description: Text
    created_at: datetime
    settled_at: datetime | None


def new_code() -> str:
    """`HS` and ten letters: 50 random bits, unique in the database, read aloud without mistakes."""
    return "HS" + "".join(secrets.choice(_ALPHABET) for _ in range(10))
