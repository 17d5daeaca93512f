"""A review that passes its clock rings once, at everybody who may decide, and no sooner."""

from datetime import timedelta

from sqlalchemy import select

from hanoismart.clock import FixedClock, now, use
from kernel.blobs import Blobs
from kernel.jobs import jobs
from notifications.inbox.models import Notification
from plugins.review import alarming
from plugins.review.models import Review
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, checked, joins, opinion, staff
from tests.support.work import run_jobs

LATE = timedelta(days=30)


async def rung(house: SmallHub) -> dict[object, list[dict[str, str | int]]]:
    """The minute's job runs; what everybody was told so far."""
    async with house.database.transaction() as session:
        await jobs.enqueue(session, "plugins.review_alarm")
    await run_jobs(house.database, "plugins.review_alarm")
    told: dict[object, list[dict[str, str | int]]] = {}
    async with house.database.session() as session:
        for row in await session.scalars(select(Notification).where(Notification.template_key == alarming.TEMPLATE.key)):
            told.setdefault(row.person_id, []).append(row.values)
    return told


async def test_an_overdue_review_rings_once_at_all_who_may_decide(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    colleague = await staff(house, "Lan")
    async with house.database.transaction() as session:
        await joins(session, workshop.organisation_id, colleague)
    await checked(house, blobs, workshop, workshop.built())
    before = alarming.OVERDUE.labels("1")._value.get()
    async with house.database.session() as session:
        due_at = (await session.scalars(select(Review.due_at))).one()
    with use(FixedClock(due_at - timedelta(seconds=1))):
        assert await rung(house) == {}
    with use(FixedClock(due_at + timedelta(seconds=1))):
        expected = [{"app": APP_ID, "version": "1.1.0"}]
        assert await rung(house) == {first: expected, second: expected}
        assert await rung(house) == {first: expected, second: expected}
    assert alarming.OVERDUE.labels("1")._value.get() == before + 1


async def test_what_was_decided_in_time_rings_nobody_and_an_appeal_has_a_clock_of_its_own(
    house: SmallHub, workshop: Studio, blobs: Blobs
) -> None:
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    await checked(house, blobs, workshop, workshop.built())
    assert (await opinion(house, first, 1, "reject", "R1.2")).status_code == 201
    with use(FixedClock(now() + LATE)):
        assert await rung(house) == {}
    appeal = await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/1/appeal", json={"text": "Ứng dụng chạy tốt"})
    assert appeal.status_code == 201
    with use(FixedClock(now() + LATE)):
        assert (await rung(house)).keys() == {first, second}
