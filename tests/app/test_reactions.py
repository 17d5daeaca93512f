"""Who hears of what: each fact of identity reaches the floors that must act on it, or stands on the list of those nobody waits for."""

import inspect
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import wiring
from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity import events
from identity.api import levels
from identity.api.notices import NoticeKind
from identity.attestations import service as attestations
from identity.attestations.models import Attestation
from identity.events import AccountClosed, AccountErased, ApprovalAsked, LevelLowered, PersonsMerged, PersonsParted, SecurityNotice
from identity.locks import service as locks
from identity.people import service as people
from identity.people.models import Closing
from kernel import events as kernel_events
from kernel.events import Event, emit
from kernel.models import EventRow
from notifications.addresses import service as addresses
from notifications.addresses.models import AddressKind, PushAddress
from notifications.inbox.models import Notification
from notifications.planner.models import Delivery
from social.groups.models import Membership
from social.posts.models import Post, PostState
from social.relations.models import Block, Follow
from social.visibility import viewer
from tests.support.people import a_person, a_sign_in
from tests.support.town import a_town
from tests.support.work import run_jobs, waiting

WELCOMES = ("identity.verified", "identity.residence_attested")
UNHEARD = {
    events.PhoneVerified: "the trust level is read where it is needed",
    events.PhoneEnded: "the trust level is read where it is needed",
    events.GuardianChanged: "identity itself tells both, on every channel",
    events.IdentityUnlocked: "told as a SecurityNotice",
    events.SimChanged: "the recovery itself gives no code",
    events.ReportFiled: "the case stands in the queue",
    events.AppealFiled: "the appeal stands in the queue",
    events.SanctionImposed: "the owner hears of the decision; a sanction is read where it counts",
    events.SanctionLifted: "the owner hears of the appeal; a sanction is read where it counts",
    events.SignalRaised: "its case stands in the queue",
}
"""Facts without a reaction, each with its reason."""


@pytest.fixture(autouse=True)
def wired() -> None:
    wiring.install()


async def a_phone(database: Database, person: UUID) -> None:
    """A device that push reaches, from now on."""
    await run_jobs(database, "on.")
    async with database.transaction() as session:
        await addresses.keep(session, person, AddressKind.FCM_FID, f"fid-{new_id()}", device="phone", locale="vi")


async def told(database: Database, *facts: Event) -> None:
    async with database.transaction() as session:
        for fact in facts:
            await emit(session, fact)
    await run_jobs(database, "on.")


async def inbox(database: Database, person: UUID) -> list[tuple[str, str | None]]:
    """Keys and links of the person's messages but those that welcomed them."""
    async with database.session() as session:
        rows = await session.execute(
            select(Notification.template_key, Notification.link)
            .where(Notification.person_id == person, Notification.template_key.not_in(WELCOMES))
            .order_by(Notification.seq)
        )
        return [(row.template_key, row.link) for row in rows]


async def pushed(database: Database, person: UUID) -> int:
    """Deliveries of the person's messages that wait for a push service, each with its job."""
    async with database.session() as session:
        found = select(Delivery.id).join(Notification, Notification.id == Delivery.notification_id).where(Notification.person_id == person)
        planned = {str(delivery) for delivery in await session.scalars(found)}
    jobs = {payload["delivery_id"] for _, payload in await waiting(database, "notifications.deliver.")}
    assert planned <= jobs
    return len(planned)


async def count(database: Database, table: Any, *where: Any) -> int:
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_every_fact_of_identity_is_heard_or_says_why_not() -> None:
    facts = {kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, Event) and kind is not Event}
    heard = set(kernel_events._consumers)
    assert facts - heard == set(UNHEARD)
    assert all(UNHEARD.values())


@pytest.mark.parametrize("kind", list(NoticeKind))
async def test_every_security_notice_stands_in_the_inbox_and_is_pushed_once(db: Database, kind: NoticeKind) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
    await a_phone(db, lan)
    notice = SecurityNotice(lan, kind.value, new_id())
    await told(db, notice, notice)
    assert await inbox(db, lan) == [(f"identity.{kind.value}", "/v1/me/sessions")]
    assert await pushed(db, lan) == 1


async def test_a_sign_in_elsewhere_is_put_to_the_persons_own_device(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
    await a_phone(db, lan)
    request = new_id()
    await told(db, ApprovalAsked(lan, request))
    assert await inbox(db, lan) == [("identity.approval_asked", f"/v1/me/sign-ins/{request}")]
    assert await pushed(db, lan) == 1


async def test_a_lock_is_told_and_closes_what_is_open(db: Database) -> None:
    async with db.transaction() as session:
        lan = await a_person(session)
        await a_sign_in(session, lan)
        await locks.lock(session, lan, keep=None)
    await run_jobs(db, "on.")
    assert [key for key, _ in await inbox(db, lan)] == ["identity.identity_locked"]
    assert [payload for _, payload in await waiting(db, "wiring.close_streams")] == [{"person_id": str(lan)}]
    assert await count(db, EventRow, EventRow.name == "identity.identity_locked") == 1


async def test_a_lowered_level_is_told_and_counts_in_social_at_once(db: Database) -> None:
    town = await a_town(db)
    lan = town.people["Lan"]
    await town.join("Lan", "ward")
    await a_phone(db, lan)
    async with db.transaction() as session:
        assert (await viewer(session, lan)).level == 3
        await people.set_level(session, lan, 1, because="document")
    await run_jobs(db, "on.")
    assert ("identity.level_lowered", "/v1/me") in await inbox(db, lan)
    assert await pushed(db, lan) >= 1
    async with db.session() as session:
        assert (await viewer(session, lan)).level == 1
    refused = await town.call("Lan", "POST", "/v1/posts", body="Xin chào", audience="group", group_id=str(town.groups["ward"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "social.residents_only")


async def test_a_residence_that_ends_takes_the_ward_with_it(db: Database) -> None:
    town = await a_town(db)
    lan = town.people["Lan"]
    await town.join("Lan", "ward")
    async with db.transaction() as session:
        row = (await session.scalars(select(Attestation).where(Attestation.person_id == lan))).one()
        await attestations.revoke(session, row.id, revoked_by=row.issued_by)
    await run_jobs(db, "on.")
    assert "identity.attestation_ended" in [key for key, _ in await inbox(db, lan)]
    async with db.session() as session:
        who = await viewer(session, lan)
        assert (who.level, who.residence, who.groups) == (2, None, frozenset())
        assert (await levels.facts(session, lan)).trust_level == 2


async def test_an_erased_account_is_forgotten_upstairs_and_told_nothing_more(db: Database) -> None:
    town = await a_town(db)
    lan, minh = town.people["Lan"], town.people["Minh"]
    post = await town.write("Lan", "Hồ Gươm sáng nay đẹp quá")
    await town.join("Lan", "open")
    await a_phone(db, lan)
    async with db.transaction() as session:
        session.add(Follow(follower_id=minh, followee_id=lan, created_at=now()))
        session.add(Block(blocker_id=lan, blocked_id=town.people["Anna"], created_at=now()))
    await told(db, LevelLowered(lan, 2, "test"))
    assert await inbox(db, lan)
    async with db.transaction() as session:
        await people.close(session, lan, Closing.REQUEST)
        await emit(session, AccountErased(lan))
    await run_jobs(db, "on.")
    await told(
        db, SecurityNotice(lan, NoticeKind.IDENTITY_UNLOCKED.value, new_id()), ApprovalAsked(lan, new_id())
    )  # on their way when it closed
    assert await count(db, Notification, Notification.person_id == lan) == 0
    assert await count(db, PushAddress, PushAddress.person_id == lan) == 0
    assert await count(db, Membership, Membership.person_id == lan) == 0
    assert await count(db, Follow, Follow.followee_id == lan) + await count(db, Block, Block.blocker_id == lan) == 0
    empty = (Post.state == PostState.DELETED, Post.body == "", Post.body_search == "", Post.body_folded == "")
    assert await count(db, Post, Post.id == UUID(post), *empty) == 1


async def test_no_phone_rings_for_a_closed_account(db: Database) -> None:
    async with db.transaction() as session:
        lan, minh = await a_person(session), await a_person(session, name="Minh")
    await a_phone(db, lan)
    await a_phone(db, minh)
    await told(db, AccountClosed(lan, Closing.DEATH.value))
    assert await count(db, PushAddress, PushAddress.person_id == lan) == 0
    assert await count(db, PushAddress, PushAddress.person_id == minh) == 1


async def test_a_merge_loses_no_block_and_is_told_and_so_is_its_undoing(db: Database) -> None:
    town = await a_town(db)
    kept, gone, minh, anna = (town.people[name] for name in ("Lan", "Hòa", "Minh", "Anna"))
    await town.join("Hòa", "open")
    async with db.transaction() as session:
        session.add(Block(blocker_id=minh, blocked_id=gone, created_at=now()))
        session.add(Block(blocker_id=gone, blocked_id=anna, created_at=now()))
        session.add(Follow(follower_id=gone, followee_id=anna, created_at=now()))
        session.add(Follow(follower_id=gone, followee_id=kept, created_at=now()))
    for _ in range(2):
        await told(db, PersonsMerged(kept, gone))
    async with db.session() as session:
        who = await viewer(session, kept)
        assert who.blocked == {minh, anna}
        assert town.groups["open"] in who.groups
    assert await count(db, Follow, Follow.follower_id == kept) == 1
    assert await count(db, Block, Block.blocked_id == gone) == 1  # so that undoing has nothing to bring back
    await told(db, PersonsParted(kept, gone))
    assert [key for key, _ in await inbox(db, kept)] == ["identity.merged", "identity.merged", "identity.parted"]
    assert [key for key, _ in await inbox(db, gone)] == ["identity.parted"]
