"""The states a case goes through, with the national status codes (TrangThaiHoSo) that stand for them on the wire."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CaseState(StrEnum):
    """Where a case stands as work; what was paid, delivered or synchronised are other questions."""

    NEW = "new"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    PROCESSING = "processing"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    AWAITING_PAYMENT = "awaiting_payment"
    WITHDRAWAL_ASKED = "withdrawal_asked"
    STOPPED = "stopped"
    RESOLVED = "resolved"
    RETURNED = "returned"


class Role(StrEnum):
    """Who acts on a case."""

    CITIZEN = "citizen"
    CLERK = "clerk"
    OFFICER = "officer"
    LEADER = "leader"
    SYSTEM = "system"


NATIONAL_CODES: Final[Mapping[CaseState, int]] = MappingProxyType({state: number for number, state in enumerate(CaseState, 1)})
"""1 mới đăng ký … 10 đã trả kết quả, in the order of the states."""
WAITING: Final = frozenset({CaseState.AWAITING_SUPPLEMENT, CaseState.AWAITING_PAYMENT})
"""The citizen must act: the clock stands still."""
ENDED: Final = frozenset({CaseState.NOT_ACCEPTED, CaseState.STOPPED, CaseState.RETURNED})
DECIDED: Final = ENDED | {CaseState.RESOLVED}
"""The office's work is done: the clock is stopped for good."""
