"""Step-up: rules as rows, age and level and method of the sign-in, freezes, the person's own lock, and telling every channel."""

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.locks import service as locks
from identity.notices import service as notices
from identity.notices.models import Channel, NoticeKind, OutgoingNotice
from identity.people import service as people
from identity.people.models import PersonKind
from identity.people.service import NewPerson
from identity.sessions import service as sessions
from identity.sessions.models import Revocation, SignInSession
from identity.step_up import service as step_up
from identity.step_up.models import StepUpRule
from identity.step_up.service import ActionFrozen
from kernel.access import Caller, StepUpRequired
from kernel.models import EventRow
from tests.support.people import a_person, a_sign_in
from tests.support.work import run_jobs, waiting

OPERATIONS = {
    "sign", "share", "pay", "factor.change", "contact.change", "guardian.change", "delegation.grant", "organisation.administer",
    "recovery.start", "privacy.export", "privacy.erase", "sessions.end", "device.approve", "identity.unlock", "person.merge",
    "client.register",
}  # fmt: skip


def caller_of(person_id: UUID, session_id: UUID | None) -> Caller:
    return Caller("person", "person", "app", "hub", person_id=person_id, acr=2, auth_time=now(), session_id=session_id)


@pytest_asyncio.fixture
async def lan(session: AsyncSession) -> UUID:
    return await a_person(session)


async def test_every_operation_of_the_house_has_a_rule(session: AsyncSession) -> None:
    assert set(await session.scalars(select(StepUpRule.operation))) == OPERATIONS
    with pytest.raises(LookupError):
        await step_up.require(session, caller_of(new_id(), None), "unheard.of")


async def test_a_fresh_strong_sign_in_passes_and_an_old_one_is_told_how_old_it_may_be(session: AsyncSession, lan: UUID) -> None:
    caller = caller_of(lan, await a_sign_in(session, lan))
    await step_up.require(session, caller, "factor.change")
    with clock.use(FixedClock(now() + timedelta(seconds=301))), pytest.raises(StepUpRequired) as refused:
        await step_up.require(session, caller, "factor.change")
    told = refused.value.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in told
    assert "max_age=300" in told


@pytest.mark.parametrize(
    ("acr", "amr", "operation"), [(1, ["hwk", "user"], "sign"), (2, ["pwd"], "factor.change"), (2, ["mca", "user"], "device.approve")]
)
async def test_too_low_a_level_or_another_method_is_refused(
    session: AsyncSession, lan: UUID, acr: int, amr: list[str], operation: str
) -> None:
    with pytest.raises(StepUpRequired):
        await step_up.require(session, caller_of(lan, await a_sign_in(session, lan, acr=acr, amr=amr)), operation)


async def test_an_ended_a_foreign_and_an_absent_session_are_refused(session: AsyncSession, lan: UUID) -> None:
    minh = await a_person(session, name="Minh")
    theirs = await a_sign_in(session, minh)
    mine = await a_sign_in(session, lan)
    await sessions.end(session, mine, because="test")
    for session_id in (theirs, mine, None):
        with pytest.raises(StepUpRequired):
            await step_up.require(session, caller_of(lan, session_id), "pay")


async def test_a_rule_changes_without_a_release(session: AsyncSession, lan: UUID) -> None:
    caller = caller_of(lan, await a_sign_in(session, lan))
    await session.execute(update(StepUpRule).where(StepUpRule.operation == "pay").values(min_acr=3))
    session.expire_all()
    with pytest.raises(StepUpRequired, match=r"access\.step_up_required"):
        await step_up.require(session, caller, "pay")


async def test_a_freeze_closes_what_is_risky_until_it_ends(session: AsyncSession, lan: UUID) -> None:
    caller = caller_of(lan, await a_sign_in(session, lan))
    await step_up.freeze(session, lan, hours=72, because="recovery")
    await step_up.freeze(session, lan, hours=1, because="shorter")
    with pytest.raises(ActionFrozen) as refused:
        await step_up.require(session, caller, "sign")
    assert refused.value.extra["until"] == (await step_up.frozen_until(session, lan)).isoformat()  # type: ignore[union-attr]  # frozen above
    await step_up.require(session, caller, "sessions.end")
    with clock.use(FixedClock(now() + timedelta(hours=72, seconds=1))):
        await step_up.require(session, caller_of(lan, await a_sign_in(session, lan)), "sign")


async def test_the_lock_freezes_new_uses_ends_other_sessions_and_opens_again(session: AsyncSession, lan: UUID) -> None:
    here, elsewhere = await a_sign_in(session, lan), await a_sign_in(session, lan)
    caller = caller_of(lan, here)
    await locks.lock(session, lan, keep=here)
    await locks.lock(session, lan, keep=None)  # locking again changes nothing
    assert await locks.is_locked(session, lan)
    assert [await sessions.alive(session, each) for each in (here, elsewhere)] == [True, False]
    for operation in ("sign", "pay", "share"):
        with pytest.raises(ActionFrozen):
            await step_up.require(session, caller, operation)
    await step_up.require(session, caller, "identity.unlock")
    assert await locks.unlock(session, lan, because="step_up")
    assert not await locks.unlock(session, lan, because="step_up")
    await step_up.require(session, caller, "sign")
    names = list(await session.scalars(select(EventRow.name).where(EventRow.name.like("identity.identity_%"))))
    assert sorted(names) == ["identity.identity_locked", "identity.identity_unlocked"]


async def test_ending_all_sessions_keeps_one_and_revokes_the_others(session: AsyncSession, lan: UUID) -> None:
    kept, *others = [await a_sign_in(session, lan) for _ in range(3)]
    assert await sessions.end_all(session, lan, because="everywhere", keep=kept) == 2
    revoked = set(await session.scalars(select(Revocation.subject)))
    assert revoked == {str(each) for each in others}
    assert set(await session.scalars(select(SignInSession.ended_because))) == {None, "everywhere"}
    ended = await session.scalar(select(func.count()).select_from(EventRow).where(EventRow.name == "identity.session_ended"))
    assert ended == 2


async def test_a_step_up_renews_the_session_and_its_old_cookie_is_worth_nothing(session: AsyncSession, lan: UUID) -> None:
    row, secret = await sessions.start(session, lan, acr=1, amr=["pwd"], device="test")
    with clock.use(FixedClock(now() + timedelta(hours=1))):
        renewed = await sessions.renew(session, row, acr=2, amr=["hwk", "user"])
        assert await sessions.by_secret(session, secret) is None
        found = await sessions.by_secret(session, renewed)
        assert found is not None
        assert (found.id, found.acr, found.amr, found.auth_time) == (row.id, 2, ["hwk", "user"], now())


class Post:
    """A messenger that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        self.sent.append((channel.value, destination, subject, text))


async def test_a_notice_goes_to_every_channel_and_nothing_of_it_stands_in_clear(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
        await contacts._take_email(session, lan, Address("lan@example.vn"))
        await notices.tell(session, lan, NoticeKind.RECOVERY_WAITING, link="https://hub.example/stop?t=secret")
    for _, payload in await waiting(db, "notices."):
        assert set(payload) == {"id"}
    async with db.session() as session:
        rows = list(await session.scalars(select(OutgoingNotice)))
    assert not [row for row in rows if b"lan@example.vn" in row.destination or b"secret" in (row.link or b"")]
    post = Post()
    await run_jobs(db, "notices.send", messenger=post)
    assert {channel for channel, *_ in post.sent} == {"sms", "email"}
    assert all("https://hub.example/stop?t=secret" in text for *_, text in post.sent)
    async with db.session() as session:
        assert {row.sent_at is not None for row in await session.scalars(select(OutgoingNotice))} == {True}
        told = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.security_notice"))
        assert [(each["person_id"], each["kind"]) for each in told] == [(str(lan), "recovery_waiting")]


async def test_whoever_has_no_channel_hears_by_the_inbox_and_a_stranger_by_nothing(session: AsyncSession) -> None:
    thu = await people.create(session, NewPerson(PersonKind.TOURIST, "Thu", 1))
    await notices.tell(session, thu, NoticeKind.FACTOR_ADDED)
    await notices.tell(session, new_id(), NoticeKind.FACTOR_ADDED)
    assert await session.scalar(select(func.count()).select_from(OutgoingNotice)) == 0
    assert await session.scalar(select(func.count()).select_from(EventRow).where(EventRow.name == "identity.security_notice")) == 1
