"""Cases: who may do what from where, what each step needs, and the clock that pauses with the citizen's turn."""

from datetime import UTC, datetime, timedelta

import pytest

from hanoismart.casework import (
    DOSSIER,
    FEEDBACK,
    NATIONAL_CODES,
    Act,
    Case,
    CaseState,
    Role,
    Step,
    StepRefused,
    act,
    extend,
    open_case,
)
from hanoismart.worktime import Duration, Unit, WorkingCalendar

CALENDAR = WorkingCalendar.vietnam(2026, 2026)
RECEIVED = datetime(2026, 3, 2, 2, tzinfo=UTC)  # Monday, 09:00 in Hanoi
FORMS = {Act.ACCEPT: "01", Act.REQUEST_SUPPLEMENT: "02", Act.REFUSE: "03", Act.STOP: "05"}


def day(number: int, hour: int = 3) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def opened(days: int = 5) -> Case:
    case, event = open_case(
        "H26-260302-0001", RECEIVED, Duration(days, Unit.WORKING_DAY), office="H26.1", actor="k1.lan", calendar=CALENDAR
    )
    assert (event.act, event.after) == (None, CaseState.NEW)
    return case


def step(role: Role = Role.OFFICER, *forms: str, reason: str = "Theo quy định", to: str = "") -> Step:
    return Step(actor="o1", role=role, reason=reason, forms=frozenset(forms), forward_to=to)


def moved(case: Case, what: Act, at: datetime, role: Role = Role.OFFICER, *forms: str, to: str = "") -> Case:
    given = forms or ((FORMS[what],) if what in FORMS else ())
    return act(case, what, step(role, *given, to=to), at, calendar=CALENDAR)[0]


def processing() -> Case:
    return moved(moved(opened(), Act.ACCEPT, day(2, 4)), Act.START, day(2, 5))


def test_a_dossier_from_receipt_to_return() -> None:
    case = processing()
    assert case.due_at == datetime(2026, 3, 9, 10, tzinfo=UTC)
    done = moved(case, Act.RESOLVE, day(6))
    assert (done.state, done.late, done.clock.is_paused) == (CaseState.RESOLVED, False, True)
    assert not done.is_overdue(day(30))
    assert moved(done, Act.RETURN, day(7), Role.CLERK).state is CaseState.RETURNED


def test_a_supplement_stops_the_clock_and_gives_back_what_was_left() -> None:
    waiting = moved(processing(), Act.REQUEST_SUPPLEMENT, day(4))
    assert waiting.clock.left == 3
    assert not waiting.is_overdue(day(30))
    back = moved(waiting, Act.SUPPLEMENT, day(16), Role.CITIZEN)
    assert back.due_at == datetime(2026, 3, 19, 10, tzinfo=UTC)


def test_payment_stops_the_clock_too() -> None:
    waiting = moved(processing(), Act.ASK_PAYMENT, day(4))
    assert waiting.state is CaseState.AWAITING_PAYMENT
    assert moved(waiting, Act.PAID, day(5), Role.SYSTEM).due_at == datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_forwarding_moves_the_case_and_not_the_clock() -> None:
    case = processing()
    sent = moved(case, Act.FORWARD, day(4), to="H26.2")
    assert (sent.handled_by, sent.received_by, sent.due_at) == ("H26.2", "H26.1", case.due_at)
    with pytest.raises(StepRefused, match="nowhere"):
        moved(case, Act.FORWARD, day(4))


def test_a_late_dossier_needs_the_apology_and_stays_late() -> None:
    case = processing()
    with pytest.raises(StepRefused, match="form_missing"):
        moved(case, Act.RESOLVE, day(10))
    done = moved(case, Act.RESOLVE, day(10), Role.OFFICER, "04")
    assert done.late
    assert done.is_overdue(day(10))


def test_it_is_extended_once_by_a_leader() -> None:
    case = processing()
    leader = step(Role.LEADER, "04")
    later, event = extend(case, leader, Duration(2, Unit.WORKING_DAY), day(5), calendar=CALENDAR)
    assert later.due_at == datetime(2026, 3, 11, 10, tzinfo=UTC)
    assert (event.act, event.before, event.after) == (None, CaseState.PROCESSING, CaseState.PROCESSING)
    for who, what, code in (
        (later, leader, "extended_before"),
        (case, step(Role.OFFICER, "04"), "not_this_role"),
        (case, step(Role.LEADER), "form_missing"),
        (opened(), leader, "not_from_here"),
    ):
        with pytest.raises(StepRefused, match=code):
            extend(who, what, Duration(2, Unit.WORKING_DAY), day(5), calendar=CALENDAR)


def test_reopening_lets_the_clock_run_on() -> None:
    done = moved(processing(), Act.RESOLVE, day(5))
    again = moved(done, Act.REOPEN, day(12), Role.LEADER)
    assert (again.state, again.clock.is_paused, again.due_at) == (CaseState.PROCESSING, False, datetime(2026, 3, 16, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("what", "role", "forms", "reason", "code"),
    [
        (Act.RESOLVE, Role.OFFICER, (), "x", "not_from_here"),
        (Act.ACCEPT, Role.CITIZEN, ("01",), "x", "not_this_role"),
        (Act.ACCEPT, Role.CLERK, (), "x", "form_missing"),
        (Act.REFUSE, Role.CLERK, ("03",), "  ", "reason_missing"),
    ],
)
def test_a_step_without_what_it_needs_is_refused(what: Act, role: Role, forms: tuple[str, ...], reason: str, code: str) -> None:
    with pytest.raises(StepRefused, match=code) as refused:
        act(opened(), what, step(role, *forms, reason=reason), day(2, 4), calendar=CALENDAR)
    assert refused.value.title.vi
    assert refused.value.title.en


def test_a_report_is_sent_back_once_only() -> None:
    case = opened()
    clerk = step(Role.CLERK)
    for what in (Act.ACCEPT, Act.REQUEST_SUPPLEMENT, Act.SUPPLEMENT):
        case, _ = act(case, what, clerk, day(3), calendar=CALENDAR, guards=FEEDBACK)
    with pytest.raises(StepRefused, match="too_often"):
        act(case, Act.REQUEST_SUPPLEMENT, clerk, day(3, 4), calendar=CALENDAR, guards=FEEDBACK)


def test_the_national_codes_are_the_ten() -> None:
    assert NATIONAL_CODES[CaseState.NEW] == 1
    assert NATIONAL_CODES[CaseState.AWAITING_SUPPLEMENT] == 5
    assert NATIONAL_CODES[CaseState.RETURNED] == len(NATIONAL_CODES) == 10


@pytest.mark.parametrize("guards", [DOSSIER, FEEDBACK])
def test_every_open_state_has_a_way_out(guards: object) -> None:
    assert isinstance(guards, dict)
    ended = {CaseState.NOT_ACCEPTED, CaseState.STOPPED, CaseState.RETURNED}
    reached = {guard.target for guard in guards.values()} | {CaseState.NEW}
    sources = {state for guard in guards.values() for state in guard.sources}
    assert reached - ended <= sources


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="go back"):
        moved(processing(), Act.REQUEST_SUPPLEMENT, RECEIVED - timedelta(days=1))
