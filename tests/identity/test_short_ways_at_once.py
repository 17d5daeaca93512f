"""What a short way gives away in the very moment the person ends it is worth nothing afterwards."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.main import Hub
from hanoismart.ids import new_id
from identity.api import logout
from identity.clients.models import ClientState, OAuthClient
from identity.consent import service as consent
from identity.oauth import grants
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from tests.support.hubs import phone_of
from tests.support.partners import Browser, Partner, query


@pytest_asyncio.fixture
async def browser(whole_hub: Hub, web: httpx.AsyncClient) -> AsyncIterator[Browser]:
    yield Browser.of(await phone_of(whole_hub.process, web))


async def _ended(session: AsyncSession, how: str, grant: Grant) -> None:
    if how == "sign-in":
        await sessions.end(session, grant.session_id, because="person")
    elif how == "consent":
        await consent.withdraw(session, grant.person_id, grant.client_id)
    elif how == "grant":
        await grants.revoke(session, grant.id, because="device_ended")
    else:
        suspended = update(OAuthClient).where(OAuthClient.client_id == grant.client_id).values(state=ClientState.SUSPENDED)
        await session.execute(suspended)


@pytest.mark.parametrize("how", ["sign-in", "consent", "grant", "client"])
@pytest.mark.parametrize("refreshing", [False, True])
async def test_what_ends_while_tokens_are_given_ends_them_too(
    whole_hub: Hub, web: httpx.AsyncClient, browser: Browser, how: str, refreshing: bool
) -> None:
    partner = await Partner(web, client_id=f"partner-{new_id().hex}").register(whole_hub)
    code = await partner.code(browser)
    token = (await partner.redeem(code)).json()["refresh_token"] if refreshing else ""
    database = whole_hub.process.database
    async with database.session() as session:
        grant = (await session.scalars(select(Grant).where(Grant.client_id == partner.client_id).order_by(Grant.created_at.desc()))).first()
    assert grant is not None

    async def end() -> None:
        async with database.transaction() as session:
            await _ended(session, how, grant)

    given, _ = await asyncio.gather(partner.refresh(token) if refreshing else partner.redeem(code), end())
    assert given.status_code in {200, 400, 401}
    told = given.json()
    if given.status_code == 200:
        assert (await partner.refresh(told["refresh_token"])).status_code in {400, 401}
        assert (await partner.userinfo(told["access_token"])).status_code == 401


@pytest.mark.parametrize("withdrawn", [None, ["profile"]])
async def test_a_request_completed_while_its_consent_is_withdrawn_gives_nothing_that_lasts(
    whole_hub: Hub, web: httpx.AsyncClient, browser: Browser, withdrawn: list[str] | None
) -> None:
    partner = await Partner(web, client_id=f"partner-{new_id().hex}").register(whole_hub)
    await partner.sign_in(browser)
    uri, database = await partner.request_uri(), whole_hub.process.database
    async with database.transaction() as session:
        person_id = (await session.scalars(select(Grant.person_id).where(Grant.client_id == partner.client_id))).one()
        await consent.withdraw(session, person_id, partner.client_id, withdrawn)
        back = query(await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri))
    given = (await partner.redeem(back["code"])).json()
    async with database.transaction() as session:
        await logout.announce_withdrawal(session, person_id, partner.client_id)
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await partner.userinfo(given["access_token"])).status_code == 401


async def test_what_was_agreed_to_anew_after_a_withdrawal_stays(whole_hub: Hub, web: httpx.AsyncClient, browser: Browser) -> None:
    partner = await Partner(web, client_id=f"partner-{new_id().hex}").register(whole_hub)
    await partner.sign_in(browser)
    async with whole_hub.process.database.transaction() as session:
        person_id = (await session.scalars(select(Grant.person_id).where(Grant.client_id == partner.client_id))).one()
        await consent.withdraw(session, person_id, partner.client_id)
    given = await partner.sign_in(browser)
    async with whole_hub.process.database.transaction() as session:
        await logout.announce_withdrawal(session, person_id, partner.client_id)
    assert (await partner.refresh(given["refresh_token"])).status_code == 200
