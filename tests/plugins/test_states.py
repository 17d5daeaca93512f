"""The ways a version and an app may go: every step that is drawn is possible, every other one is refused."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from hanoismart.gateway import AppStatus
from hanoismart.text import Text
from kernel.blobs import Blobs
from plugins.registry import states
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.states import APP_STEPS, STEPS, StepImpossible
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.publishing import APP_ID, Studio, approved

S = VersionState
DRAWN = {
    S.DRAFT: {S.SUBMITTED},
    S.SUBMITTED: {S.AUTO_FAILED, S.IN_REVIEW, S.DRAFT},
    S.AUTO_FAILED: set(),
    S.IN_REVIEW: {S.REJECTED, S.APPROVED, S.DRAFT},
    S.REJECTED: {S.IN_REVIEW},
    S.APPROVED: {S.WHITELIST, S.CANARY, S.LIVE, S.INELIGIBLE},
    S.WHITELIST: {S.APPROVED, S.CANARY, S.LIVE, S.INELIGIBLE},
    S.CANARY: {S.APPROVED, S.WHITELIST, S.LIVE, S.INELIGIBLE},
    S.LIVE: {S.PREVIOUS, S.INELIGIBLE},
    S.PREVIOUS: {S.LIVE, S.INELIGIBLE},
    S.INELIGIBLE: set(),
    S.REVOKED: set(),
}


@pytest.mark.parametrize("was", S)
async def test_a_version_takes_the_steps_that_are_drawn_and_no_others(
    house: SmallHub, workshop: Studio, blobs: Blobs, was: VersionState
) -> None:
    await approved(house, blobs, workshop)
    possible = DRAWN[was] | ({S.REVOKED} if was is not S.REVOKED else set()) | ({S.CANARY} if was is S.CANARY else set())
    for wanted in S:
        async with house.database.session() as session:  # rolled back at its end
            percent = 5 if was is S.CANARY else None
            await session.execute(update(Version).values(state=was, canary_percent=percent))
            version = (await session.scalars(select(Version))).one()
            if wanted in possible:
                await states.move(session, version, wanted, actor="test", percent=5)
                assert version.state is wanted
                assert (version.canary_percent is not None) is (wanted is S.CANARY)
            else:
                with pytest.raises(StepImpossible):
                    await states.move(session, version, wanted, actor="test", percent=5)


def test_no_state_is_left_out_and_every_one_can_be_reached() -> None:
    assert STEPS.keys() == set(S)
    reached, waiting = set(), {S.DRAFT}
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting |= {one for one in S if states.may_become(state, one)} - reached
    assert reached == set(S)


async def test_what_the_database_holds_of_the_states_no_code_can_break(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    for code in (1, 2):
        await approved(house, blobs, workshop, code)
    for values in (
        {"state": S.LIVE},
        {"state": S.CANARY, "canary_percent": 5},
        {"state": S.CANARY},
        {"state": S.LIVE, "canary_percent": 5},
    ):
        with pytest.raises(IntegrityError):
            async with house.database.transaction() as session:
                await session.execute(update(Version).where(Version.app_id == APP_ID).values(values))
    with pytest.raises(IntegrityError):
        async with house.database.transaction() as session:
            await session.execute(update(Version).where(Version.code == 1).values(state=S.CANARY, canary_percent=7))


@pytest.mark.parametrize("was", AppStatus)
async def test_an_app_takes_the_steps_that_are_drawn_and_no_others(hub: SmallHub, was: AppStatus) -> None:
    assert APP_STEPS.keys() == set(AppStatus)
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    for wanted in set(AppStatus) - {was}:
        async with hub.database.session() as session:
            await session.execute(update(MiniApp).values(status=was))
            app = await session.get_one(MiniApp, APP)
            why = Text(vi="Lý do", en="A reason")
            if wanted in APP_STEPS[was]:
                await states.become(session, app, wanted, actor="test", live_code=12, reason=why)
                assert (app.status, app.status_reason_en) == (wanted, "A reason")
            else:
                with pytest.raises(StepImpossible):
                    await states.become(session, app, wanted, actor="test", live_code=12, reason=why)
    assert APP_STEPS[AppStatus.TERMINATED] == frozenset()
