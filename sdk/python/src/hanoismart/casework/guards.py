"""Which act may move a case from where to where, by whom, and what it must bring along: one table for each kind of case."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hanoismart.casework.states import CaseState, Role
from hanoismart.text import Text


class Act(StrEnum):
    """What somebody does with a case."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    START = "start"
    REQUEST_SUPPLEMENT = "request_supplement"
    SUPPLEMENT = "supplement"
    ASK_PAYMENT = "ask_payment"
    PAID = "paid"
    FORWARD = "forward"
    ASK_WITHDRAWAL = "ask_withdrawal"
    KEEP = "keep"
    STOP = "stop"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    RETURN = "return"


class StepRefused(ValueError):
    """An act that is not allowed here; `code` is stable, `title` says why in both languages."""

    def __init__(self, code: str, title: Text) -> None:
        self.code = code
        self.title = title
        super().__init__(f"{code}: {title.en}")


@dataclass(frozen=True, slots=True)
class Guard:
    """From which states to which one, by which roles; `form` names the form of Circular 03/2025, Annex I, that must be attached."""

    sources: frozenset[CaseState]
    target: CaseState
    roles: frozenset[Role]
    reason: bool = False
    form: str | None = None
    most: int | None = None


Guards = Mapping[Act, Guard]
_S, _R = CaseState, Role
_OFFICE: Final = frozenset({_R.CLERK, _R.OFFICER, _R.LEADER})
_WORK: Final = frozenset({_R.OFFICER, _R.LEADER})
_OPEN: Final = frozenset({_S.ACCEPTED, _S.PROCESSING})

DOSSIER: Final[Guards] = {
    Act.ACCEPT: Guard(frozenset({_S.NEW}), _S.ACCEPTED, _OFFICE, form="01"),
    Act.REFUSE: Guard(frozenset({_S.NEW}), _S.NOT_ACCEPTED, _OFFICE, reason=True, form="03"),
    Act.START: Guard(frozenset({_S.ACCEPTED}), _S.PROCESSING, _WORK),
    Act.REQUEST_SUPPLEMENT: Guard(_OPEN | {_S.NEW}, _S.AWAITING_SUPPLEMENT, _OFFICE, reason=True, form="02"),
    Act.SUPPLEMENT: Guard(frozenset({_S.AWAITING_SUPPLEMENT}), _S.PROCESSING, frozenset({_R.CITIZEN, _R.CLERK})),
    Act.ASK_PAYMENT: Guard(_OPEN, _S.AWAITING_PAYMENT, _OFFICE),
    Act.PAID: Guard(frozenset({_S.AWAITING_PAYMENT}), _S.PROCESSING, frozenset({_R.SYSTEM, _R.CLERK})),
    Act.FORWARD: Guard(_OPEN, _S.PROCESSING, _OFFICE, reason=True),
    Act.ASK_WITHDRAWAL: Guard(_OPEN | {_S.NEW, _S.AWAITING_SUPPLEMENT, _S.AWAITING_PAYMENT}, _S.WITHDRAWAL_ASKED, frozenset({_R.CITIZEN})),
    Act.KEEP: Guard(frozenset({_S.WITHDRAWAL_ASKED}), _S.PROCESSING, frozenset({_R.CITIZEN, _R.CLERK}), reason=True),
    Act.STOP: Guard(_OPEN | {_S.WITHDRAWAL_ASKED, _S.AWAITING_SUPPLEMENT}, _S.STOPPED, _OFFICE, reason=True, form="05"),
    Act.RESOLVE: Guard(frozenset({_S.PROCESSING}), _S.RESOLVED, _WORK),
    Act.REOPEN: Guard(frozenset({_S.RESOLVED}), _S.PROCESSING, frozenset({_R.LEADER}), reason=True),
    Act.RETURN: Guard(frozenset({_S.RESOLVED}), _S.RETURNED, frozenset({_R.CLERK, _R.OFFICER, _R.SYSTEM})),
}
"""An administrative dossier: the guards of the national guideline."""

FEEDBACK: Final[Guards] = {
    Act.ACCEPT: Guard(frozenset({_S.NEW}), _S.ACCEPTED, _OFFICE),
    Act.REFUSE: Guard(frozenset({_S.NEW}), _S.NOT_ACCEPTED, _OFFICE, reason=True),
    Act.START: Guard(frozenset({_S.ACCEPTED}), _S.PROCESSING, _OFFICE),
    Act.REQUEST_SUPPLEMENT: Guard(_OPEN, _S.AWAITING_SUPPLEMENT, _OFFICE, reason=True, most=1),
    Act.SUPPLEMENT: Guard(frozenset({_S.AWAITING_SUPPLEMENT}), _S.PROCESSING, frozenset({_R.CITIZEN, _R.CLERK})),
    Act.FORWARD: Guard(_OPEN, _S.PROCESSING, _OFFICE, reason=True),
    Act.STOP: Guard(_OPEN | {_S.AWAITING_SUPPLEMENT}, _S.STOPPED, _OFFICE, reason=True),
    Act.RESOLVE: Guard(_OPEN, _S.RESOLVED, _OFFICE, reason=True),
    Act.REOPEN: Guard(frozenset({_S.RESOLVED}), _S.PROCESSING, frozenset({_R.CITIZEN, _R.LEADER}), reason=True, most=1),
    Act.RETURN: Guard(frozenset({_S.RESOLVED}), _S.RETURNED, _OFFICE | {_R.SYSTEM}),
}
"""A resident's report or feedback."""


def check(guards: Guards, act: Act, state: CaseState, role: Role, *, reason: str, forms: frozenset[str], times: int) -> Guard:
    """The guard that lets an act pass; `times` is how often it was done before. Raises StepRefused."""
    guard = guards.get(act)
    if guard is None or state not in guard.sources:
        raise StepRefused("casework.not_from_here", Text(vi="Không thể làm bước này lúc này", en="This step cannot be made from here"))
    if role not in guard.roles:
        raise StepRefused("casework.not_this_role", Text(vi="Vai trò này không được làm bước này", en="This role may not make this step"))
    if guard.reason and not reason.strip():
        raise StepRefused("casework.reason_missing", Text(vi="Cần nêu lý do", en="A reason is needed"))
    if guard.form is not None and guard.form not in forms:
        title = Text(vi="Cần kèm mẫu {form}", en="Form {form} must be attached").format(form=guard.form)
        raise StepRefused("casework.form_missing", title)
    if guard.most is not None and times >= guard.most:
        raise StepRefused("casework.too_often", Text(vi="Bước này đã được làm đủ số lần", en="This step was made as often as it may be"))
    return guard
