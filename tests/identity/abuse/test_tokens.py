"""Abuse of codes and tokens: cases 5 to 14 and 19, each clause of them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from sqlalchemy import func, select

from app.demo.devices.mobile import Phone
from app.demo.devices.proofs import DpopKey
from hanoismart.clock import FixedClock, now, use
from hanoismart.ids import new_id
from identity.api import tokens
from identity.clients import registration
from identity.clients import service as clients
from identity.mandates.acting import MandateKind, acting
from identity.notices.models import NoticeKind
from identity.oauth.endpoints import TOKEN_EXCHANGE
from identity.oauth.exchange import ACCESS_TOKEN
from identity.oauth.models import AuthorizationCode, RefreshToken
from identity.oauth.verification import inspect
from identity.sessions.models import SignInSession
from kernel.models import EventRow
from tests.identity.conformance.conftest import World
from tests.support.hubs import BASE
from tests.support.partners import ASSERTION_TYPE, Browser, Partner, seconds_ahead


async def test_case_05_a_code_used_twice_takes_back_what_it_gave(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    first = (await partner.redeem(code)).json()
    assert (await partner.introspect(first["access_token"]))["active"] is True
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
    assert await partner.introspect(first["access_token"]) == {"active": False}
    assert await partner.introspect(first["refresh_token"]) == {"active": False}
    assert (await partner.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    await world.hub.process.revocations.read()
    assert (await partner.userinfo(first["access_token"])).status_code == 401


async def test_case_06_fifty_redemptions_have_one_winner_by_the_databases_count(world: World) -> None:
    partner = await world.partner()
    code = await partner.code(world.browser)
    answers = await asyncio.gather(*(partner.redeem(code) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    async with world.hub.process.database.session() as session:
        used = AuthorizationCode.client_id == partner.client_id, AuthorizationCode.used_at.is_not(None)
        assert await session.scalar(select(func.count()).select_from(AuthorizationCode).where(*used)) == 1
        grant = await session.scalar(select(AuthorizationCode.grant_id).where(AuthorizationCode.client_id == partner.client_id))
        assert await session.scalar(select(func.count()).select_from(RefreshToken).where(RefreshToken.grant_id == grant)) == 1


async def test_case_07_another_clients_code_stays_unused(world: World) -> None:
    mine, thief = await world.partner(), await world.partner()
    code = await mine.code(world.browser)
    thief.verifier, thief.dpop = mine.verifier, mine.dpop
    assert (await thief.redeem(code)).json()["error"] == "invalid_grant"
    assert (await mine.redeem(code)).status_code == 200


async def test_case_08_a_code_and_a_reference_live_sixty_seconds(world: World) -> None:
    partner, other = await world.partner(), await world.partner()
    code, uri = await partner.code(world.browser), await partner.request_uri()
    foreign = await world.browser.get("/oauth/authorize", client_id=other.client_id, request_uri=uri)
    assert (foreign.status_code, "invalid_request_uri" in foreign.text) == (400, True)
    with use(FixedClock(now() + timedelta(seconds=61))):
        assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
        late = await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=uri)
        assert (late.status_code, "invalid_request_uri" in late.text) == (400, True)


async def _aged(partner: Partner, refresh: str) -> tuple[httpx.Response, FixedClock]:
    """A refresh late enough to rotate, and the clock it happened at."""
    clock = FixedClock(now() + timedelta(days=50))
    with use(clock):
        return await partner.refresh(refresh), clock


async def _lasting(world: World, partner: Partner) -> dict[str, str]:
    """Tokens of a session that lives long enough for its refresh token to grow old."""
    given: dict[str, str] = await partner.sign_in(world.browser)
    async with world.hub.process.database.transaction() as session:
        for row in await session.scalars(select(SignInSession)):
            row.expires_at = now() + timedelta(days=400)
    return given


async def test_case_09_reuse_after_rotation_kills_the_family_tells_the_person_and_is_logged(world: World) -> None:
    partner = await world.partner()
    given = await _lasting(world, partner)
    rotated, clock = await _aged(partner, given["refresh_token"])
    assert rotated.json()["refresh_token"] != given["refresh_token"]
    clock.advance(timedelta(seconds=11))
    with use(clock):
        assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await partner.refresh(rotated.json()["refresh_token"])).json()["error"] == "invalid_grant"
    async with world.hub.process.database.session() as session:
        told = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.security_notice"))
        assert NoticeKind.TOKEN_REUSED.value in {payload["kind"] for payload in told}


async def test_case_09_two_refreshes_at_once_within_the_grace_leave_one_family(world: World) -> None:
    partner = await world.partner()
    given = await _lasting(world, partner)
    clock = FixedClock(now() + timedelta(days=50))
    with use(clock):
        answers = await asyncio.gather(*(partner.refresh(given["refresh_token"]) for _ in range(2)))
        assert [answer.status_code for answer in answers] == [200, 200]
        alive = [(await partner.introspect(answer.json()["refresh_token"]))["active"] for answer in answers]
        assert sorted(alive) == [False, True]


async def test_case_10_a_refresh_token_is_good_for_its_own_client_scope_resource_and_key(world: World) -> None:
    partner, other = await world.partner(), await world.partner()
    given = await partner.sign_in(world.browser)
    other.dpop = partner.dpop
    assert (await other.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await partner.refresh(given["refresh_token"], scope="openid profile email")).json()["error"] == "invalid_scope"
    assert (await partner.refresh(given["refresh_token"], resource="https://other.example")).json()["error"] == "invalid_target"
    key, partner.dpop = partner.dpop, DpopKey()
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    partner.dpop = key
    narrowed = await partner.refresh(given["refresh_token"], scope="openid")
    assert (narrowed.status_code, narrowed.json()["scope"]) == (200, "openid")


async def test_case_11_a_proof_counts_once_and_only_for_its_request(world: World) -> None:
    """The whole list of bent proofs is in the conformance tests; here, what each refusal says."""
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    proof = partner.dpop.proof("POST", f"{BASE}/oauth/token")
    assert (await partner.token(form, proof=proof)).status_code == 200
    for bent in (None, proof, partner.dpop.proof("GET", f"{BASE}/oauth/token"), partner.dpop.proof("POST", f"{BASE}/oauth/par")):
        answer = await partner.token(form, proof=bent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    stale = await partner.token(form, proof=partner.dpop.proof("POST", f"{BASE}/oauth/token", iat=seconds_ahead(-120)))
    assert (stale.status_code, stale.json()["error"], "dpop-nonce" in stale.headers) == (400, "use_dpop_nonce", True)
    wrong = partner.dpop.proof("GET", f"{BASE}/oauth/userinfo", token="another token")
    answer = await world.http.get("/oauth/userinfo", headers={"Authorization": f"DPoP {given['access_token']}", "DPoP": wrong})
    assert answer.status_code == 401
    assert 'error="invalid_dpop_proof"' in answer.headers["www-authenticate"]


async def test_case_12_a_bound_token_is_no_bearer_token(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    assert given["token_type"] == "DPoP"
    answer = await world.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {given['access_token']}"})
    assert (answer.status_code, answer.headers["www-authenticate"].startswith("DPoP ")) == (401, True)
    for form in ({"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}, {"grant_type": "client_credentials"}):
        assert (await partner.token(form, proof=None)).json()["error"] == "invalid_dpop_proof"


async def test_case_13_assertions_that_do_not_count(world: World) -> None:
    partner, other = await world.partner(), await world.partner()
    stranger = Partner(world.http, client_id=partner.client_id)
    once = partner.assertion()
    assert (await partner.push(assertion=once)).status_code == 201
    bent = {
        "token URL as aud": partner.assertion(aud=f"{BASE}/oauth/token"),
        "PAR URL as aud": partner.assertion(aud=f"{BASE}/oauth/par"),
        "array as aud": partner.assertion(aud=[BASE]),
        "jti again": once,
        "exp too far": partner.assertion(exp=seconds_ahead(320)),
        "exp missing": partner.assertion(exp=None),
        "jti missing": partner.assertion(jti=None),
        "key of another client": other.assertion(iss=partner.client_id, sub=partner.client_id) | {"client_id": partner.client_id},
        "key nobody registered": stranger.assertion(),
        "iss of another": partner.assertion(iss=other.client_id),
        "kid of no key": partner.assertion(header={"kid": "p2"}),
        "HS256": _symmetric(partner),
        "wrong type": partner.assertion() | {"client_assertion_type": "urn:other"},
    }
    for name, assertion in bent.items():
        answer = await partner.push(assertion=assertion)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), name


def _symmetric(partner: Partner) -> dict[str, str]:
    """HS256 with the public key as the secret."""
    secret = OctKey.import_key(str(partner.key.as_dict(private=False)))
    claims = {"iss": partner.client_id, "sub": partner.client_id, "aud": BASE, "exp": seconds_ahead(60), "jti": "h"}
    token = jwt.encode({"alg": "HS256", "kid": "p1"}, claims, secret, algorithms=["HS256"])
    return {"client_id": partner.client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


async def test_case_14_no_other_token_is_an_access_token(world: World) -> None:
    partner = await world.partner()
    given = await partner.sign_in(world.browser)
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    claims = jwt.decode(given["access_token"], keys, algorithms=["ES256"]).claims
    public = OctKey.import_key(str(keys.keys[0].as_dict(private=False)))
    forged = jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, public, algorithms=["HS256"])
    own = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, ECKey.generate_key("P-256", private=True))
    logout = jwt.encode({"alg": "ES256", "typ": "logout+jwt", "kid": "p1"}, claims, partner.key)
    for token in (given["id_token"], partner.assertion()["client_assertion"], logout, forged, own):
        assert (await partner.userinfo(token)).status_code == 401
        assert await partner.introspect(token) == {"active": False}
    assert (await partner.userinfo(given["refresh_token"])).status_code == 401


async def _service(world: World, *scopes: str) -> tuple[Partner, str]:
    """A registered API and its owner."""
    owner = await world.partner(scopes=["openid"])
    resource = f"https://{owner.client_id}.example/api"
    async with world.hub.process.database.transaction() as session:
        client = await registration.any_client(session, owner.client_id)
        await registration.protect(session, client, resource, scopes, by=new_id())
    return owner, resource


def _exchange(token: str, resource: str, scope: str | None = None) -> dict[str, str]:
    form = {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN, "resource": resource}
    return form | ({"scope": scope} if scope else {})


async def test_case_19_exchange_never_widens_and_records_who_acts(world: World) -> None:
    library, library_api = await _service(world, "books.read", "books.lend")
    _, archive_api = await _service(world, "books.read")
    await library.register(world.hub, scopes=["openid", "books.read"])
    app = await world.partner(scopes=["openid", "profile", "books.read"])
    given = await app.sign_in(world.browser, scope="openid profile books.read", agree=("profile", "books.read"))
    first = (await app.token(_exchange(given["access_token"], library_api))).json()
    assert (first["scope"], first["issued_token_type"], first["token_type"]) == ("books.read", ACCESS_TOKEN, "DPoP")
    told = await library.introspect(first["access_token"])
    assert (told["aud"], told["act"], told["client_id"]) == (library_api, {"sub": app.client_id}, app.client_id)
    second = (await library.token(_exchange(first["access_token"], archive_api))).json()
    keys = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
    chained = jwt.decode(second["access_token"], keys, algorithms=["ES256"]).claims
    assert chained["act"] == {"sub": library.client_id, "act": {"sub": app.client_id}}
    assert chained["sub"] != told["sub"] != (await app.userinfo(given["access_token"])).json()["sub"]
    for resource, scope, error in (
        ("https://nobody.example/api", None, "invalid_target"),
        (library_api, "books.lend", "invalid_scope"),
        (library_api, "profile", "invalid_scope"),
    ):
        answer = await app.token(_exchange(given["access_token"], resource, scope))
        assert answer.json()["error"] == error, (resource, scope)


async def test_case_19_no_exchange_without_consent_or_of_anothers_token(world: World) -> None:
    _, api = await _service(world, "books.read")
    app, other = await world.partner(scopes=["openid", "books.read"]), await world.partner(scopes=["openid", "books.read"])
    refused = await app.sign_in(world.browser, scope="openid books.read", agree=())
    assert (await app.token(_exchange(refused["access_token"], api))).json()["error"] == "invalid_scope"
    given = await app.sign_in(world.browser, scope="openid books.read", agree=("books.read",))
    assert (await other.token(_exchange(given["access_token"], api))).json()["error"] == "invalid_grant"
    assert (await app.token(_exchange("nonsense", api))).json()["error"] == "invalid_grant"
    assert (await app.token(_exchange(given["access_token"], api))).status_code == 200
    withdrawn = await world.lan.call("DELETE", f"/v1/me/consents/{app.client_id}")
    assert withdrawn.status_code == 204
    assert (await app.token(_exchange(given["access_token"], api))).json()["error"] in {"invalid_scope", "invalid_grant"}


async def test_a_resource_token_carries_only_what_means_something_there(world: World) -> None:
    owner, api = await _service(world, "books.read")
    app = await world.partner(scopes=["openid", "profile", "books.read"])
    given = await app.sign_in(world.browser, scope="openid profile books.read", resource=api)
    assert given["scope"] == "books.read"
    assert (await owner.introspect(given["access_token"]))["active"] is True
    assert (await app.userinfo(given["access_token"])).status_code == 401
    hub = (await app.refresh(given["refresh_token"], resource=f"{BASE}/v1")).json()
    assert hub["scope"] == "openid profile"
    assert (await app.userinfo(hub["access_token"])).status_code == 200
    assert await owner.introspect(hub["access_token"]) == {"active": False}


async def test_case_19_whom_somebody_acts_for_is_named_anew_and_ends_with_the_mandate(world: World) -> None:
    library, api = await _service(world, "books.read")
    app = await world.partner(scopes=["openid", "books.read"])
    lan, minh = await world.other("Lan"), await world.other("Minh")
    await app.sign_in(Browser.of(minh), scope="openid books.read", agree=("books.read",))
    lan_id, minh_id = await _id_of(lan), await _id_of(minh)
    power = {
        "to_person_id": str(minh_id),
        "scopes": ["books.read"],
        "valid_from": now().isoformat(),
        "valid_until": (now() + timedelta(days=30)).isoformat(),
    }
    given = (await lan.call("POST", "/v1/me/delegations", json=power)).json()
    assert (await minh.call("POST", f"/v1/me/delegations/{given['id']}/acceptance")).status_code == 204
    token = await _app_token(world, app, minh, lan_id)
    exchanged = (await app.token(_exchange(token, api))).json()
    told = await library.introspect(exchanged["access_token"])
    assert told["act_for"]["kind"] == "delegator"
    assert told["act_for"]["id"] == clients.subject(lan_id, library.client_id)
    assert told["act_for"]["roles"] == ["books.read"]
    assert (await lan.call("DELETE", f"/v1/me/delegations/{given['id']}")).status_code == 204
    assert await library.introspect(exchanged["access_token"]) == {"active": False}
    assert (await app.token(_exchange(token, api))).json()["error"] == "invalid_grant"


async def _id_of(phone: Phone) -> UUID:
    return UUID((await phone.call("GET", "/v1/me")).json()["id"])


async def _app_token(world: World, app: Partner, phone: Phone, delegator: UUID) -> str:
    """What the launch of a mini-app gives somebody who acts for another."""
    async with world.hub.process.database.transaction() as session:
        caller = await inspect(session, phone.held.access)
        assert caller is not None
        act_for = await acting(session, caller.person, MandateKind.DELEGATOR, delegator)
        issued = await tokens.exchange(
            session,
            caller.verified.caller,
            app_id=app.client_id,
            sector=app.client_id,
            scopes=frozenset({"books.read"}),
            epoch=1,
            act_for=act_for,
        )
    return issued.token
