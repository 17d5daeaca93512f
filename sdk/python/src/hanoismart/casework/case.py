"""A case as a value: every act gives the next value and the line of the log that goes with it; nothing is written here."""

from dataclasses import dataclass, replace
from datetime import datetime, time

from hanoismart.casework.guards import DOSSIER, Act, Guards, StepRefused, check
from hanoismart.casework.states import DECIDED, WAITING, CaseState, Role
from hanoismart.text import Text
from hanoismart.worktime import Duration, PausableClock, WorkingCalendar, due


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One line of the append-only log: no transition without it. `act` is None for the opening and for an extension."""

    at: datetime
    actor: str
    role: Role
    act: Act | None
    before: CaseState | None
    after: CaseState
    reason: str = ""
    forms: frozenset[str] = frozenset()
    handled_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`clock` is the legal one; `received_by` never changes, `handled_by` moves when the case is forwarded.

    `done` counts the acts so far; `late` is set for good when the office decided after the due time.
    """

    code: str
    state: CaseState
    clock: PausableClock
    received_by: str
    handled_by: str
    extended: bool = False
    late: bool = False
    done: tuple[tuple[Act, int], ...] = ()

    @property
    def due_at(self) -> datetime:
        """The legal due time as it stands."""
        return self.clock.due_at

    def is_overdue(self, at: datetime) -> bool:
        """Whether the office is late at a moment; while the citizen must act, and after the decision, it does not get later."""
        return self.late if self.state in DECIDED else self.clock.is_overdue(at)

    def times(self, act: Act) -> int:
        """How often an act was done."""
        return dict(self.done).get(act, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who does something, why, and what they attach (form numbers of Circular 03/2025, Annex I)."""

    actor: str
    role: Role
    reason: str = ""
    forms: frozenset[str] = frozenset()
    forward_to: str = ""


def open_case(
    code: str, received_at: datetime, duration: Duration, *, office: str, actor: str, calendar: WorkingCalendar, cutoff: time | None = None
) -> tuple[Case, CaseEvent]:
    """A new case with its legal clock running. Raises what `worktime.due` raises."""
    clock = PausableClock.start(received_at, duration, calendar=calendar, cutoff=cutoff)
    case = Case(code=code, state=CaseState.NEW, clock=clock, received_by=office, handled_by=office)
    event = CaseEvent(at=received_at, actor=actor, role=Role.CITIZEN, act=None, before=None, after=CaseState.NEW, handled_by=office)
    return case, event


def act(case: Case, what: Act, step: Step, at: datetime, *, calendar: WorkingCalendar, guards: Guards = DOSSIER) -> tuple[Case, CaseEvent]:
    """The case after one act, and its line in the log.

    The clock pauses while the citizen must act and runs on where it stopped; forwarding does not restart it; reopening lets it run on.
    A late dossier is resolved only with form 04 (apology and new date). Raises StepRefused, and ClockStateError for a time that goes back.
    """
    guard = check(guards, what, case.state, step.role, reason=step.reason, forms=step.forms, times=case.times(what))
    if what is Act.FORWARD and not step.forward_to:
        raise StepRefused("casework.nowhere", Text(vi="Cần nêu cơ quan nhận", en="Name the office that takes it"))
    overdue = case.is_overdue(at)
    if what is Act.RESOLVE and guards is DOSSIER and overdue and "04" not in step.forms:
        raise StepRefused("casework.form_missing", Text(vi="Hồ sơ trễ hạn cần mẫu 04", en="A late dossier needs form 04"))
    counted = dict(case.done) | {what: case.times(what) + 1}
    moved = replace(
        case,
        state=guard.target,
        clock=_clock(case, guard.target, at, calendar),
        handled_by=step.forward_to or case.handled_by,
        late=case.late or (guard.target in DECIDED and case.state not in DECIDED and overdue),
        done=tuple(sorted(counted.items())),
    )
    return moved, _event(case, moved, what, step, at)


def extend(case: Case, step: Step, duration: Duration, at: datetime, *, calendar: WorkingCalendar) -> tuple[Case, CaseEvent]:
    """The due time moved on by `duration`, once, by a leader who says why and attaches form 04. Raises StepRefused."""
    if case.extended:
        raise StepRefused("casework.extended_before", Text(vi="Chỉ được gia hạn một lần", en="A case is extended once"))
    if case.state not in {CaseState.ACCEPTED, CaseState.PROCESSING}:
        raise StepRefused("casework.not_from_here", Text(vi="Không thể gia hạn lúc này", en="It cannot be extended from here"))
    if step.role is not Role.LEADER:
        raise StepRefused("casework.not_this_role", Text(vi="Chỉ lãnh đạo được gia hạn", en="Only a leader may extend"))
    if not step.reason.strip() or "04" not in step.forms:
        raise StepRefused("casework.form_missing", Text(vi="Cần lý do và mẫu 04", en="A reason and form 04 are needed"))
    later = due(max(case.due_at, at), duration, calendar=calendar)
    moved = replace(case, extended=True, clock=replace(case.clock, due_at=later, changed_at=at))
    return moved, _event(case, moved, None, step, at)


def _clock(case: Case, target: CaseState, at: datetime, calendar: WorkingCalendar) -> PausableClock:
    """Paused while the citizen must act and after the decision; running in every other state."""
    still = target in WAITING | DECIDED | {CaseState.WITHDRAWAL_ASKED}
    if still == case.clock.is_paused:
        return case.clock
    return case.clock.pause(at, calendar=calendar) if still else case.clock.resume(at, calendar=calendar)


def _event(before: Case, after: Case, what: Act | None, step: Step, at: datetime) -> CaseEvent:
    return CaseEvent(
        at=at,
        actor=step.actor,
        role=step.role,
        act=what,
        before=before.state,
        after=after.state,
        reason=step.reason,
        forms=step.forms,
        handled_by=after.handled_by,
    )
