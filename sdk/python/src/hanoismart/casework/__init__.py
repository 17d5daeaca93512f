"""A case in an office's hands: who may move it where, what each step needs, and the legal clock that pauses with it."""

from hanoismart.casework.case import Case, CaseEvent, Step, act, extend, open_case
from hanoismart.casework.guards import DOSSIER, FEEDBACK, Act, Guard, Guards, StepRefused, check
from hanoismart.casework.states import NATIONAL_CODES, CaseState, Role

__all__ = [
    "DOSSIER",
    "FEEDBACK",
    "NATIONAL_CODES",
    "Act",
    "Case",
    "CaseEvent",
    "CaseState",
    "Guard",
    "Guards",
    "Role",
    "Step",
    "StepRefused",
    "act",
    "check",
    "extend",
    "open_case",
]
