"""The backend of a suspended app is given tokens that confirm erasures and open nothing else; when it runs again, it has its own back."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from hanoismart import tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.text import Text
from kernel.access import Client
from plugins.developers.apps import keep_backend_keys
from plugins.erasures import service as erasures
from plugins.erasures.models import AppErasure, ErasureReason
from plugins.registry import lifecycle
from plugins.registry.models import MiniApp
from plugins.registry.serving_setup import BACKEND_SCOPES
from plugins.routers import ROUTERS
from tests.plugins.test_capabilities import ASKED, KEY, PAYEE
from tests.support.doors import backend_doors, opens, own_doors
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

WHY = Text(vi="Lỗi an toàn", en="A safety fault")


async def granted(hub: SmallHub, **form: str) -> tuple[int, set[str]]:
    """The answer to asking for a token now, and its scopes."""
    backend = hub.backend(KEY)
    credentials = backend._credentials
    url = "http://localhost:8000/oauth/token"
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    for _ in range(2):  # the first answer brings the nonce
        asked = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": credentials.assertion(), **form}
        answer = await hub.client.post("/oauth/token", data=asked, headers={"DPoP": credentials.proof("POST", url)})
        if not credentials.heard(answer):
            break
    await backend.close()
    return answer.status_code, set(answer.json().get("scope", "").split())


async def codes(doors: dict[str, Awaitable[Any]]) -> dict[str, str]:
    told = {}
    for name, knock in doors.items():
        with pytest.raises(HubRefused) as refused:
            await knock
        told[name] = refused.value.code
    return told


async def owes(hub: SmallHub, person_id: UUID) -> AppErasure:
    async with hub.database.transaction() as session:
        duty = await erasures.ask(session, APP, person_id, ErasureReason.REMOVED)
    assert duty is not None
    return duty


async def confirmed(backend: Hub, duty: AppErasure) -> bool:
    (mine,) = (await backend.call("GET", "/v1/backend/erasures"))["items"]
    assert mine["id"] == str(duty.id)
    return (await backend.call("POST", f"/v1/backend/erasures/{duty.id}/confirm"))["confirmed_at"] is not None


async def test_a_suspended_app_may_erase_and_no_more(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        lan = await a_person(session, name="Lan")
    at = await opens(hub, lan)
    duty = await owes(hub, lan)
    assert await granted(hub) == (200, set(BACKEND_SCOPES))
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=WHY, actor="staff:test")
    assert await granted(hub) == (200, {"backend.erase"})
    assert (await granted(hub, scope="backend.read"))[0] == 400
    assert (await granted(hub, scope="backend.erase backend.notify"))[0] == 400
    fresh = hub.backend(KEY)
    again = replace(at, backend=fresh)
    told = await codes(backend_doors(again) | {f"own {name}": knock for name, knock in own_doors(again).items()})
    assert set(told.values()) == {"access.scope_missing"}, told
    assert await confirmed(fresh, duty)
    async with hub.database.transaction() as session:
        await lifecycle.publish(session, APP, actor="staff:test")
    assert await granted(hub) == (200, set(BACKEND_SCOPES))
    await fresh.close()
    await at.backend.close()


async def test_keys_registered_meanwhile_widen_nothing(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        person = await a_person(session, name="Minh")
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=WHY, actor="staff:test")
        await keep_backend_keys(session, await session.get_one(MiniApp, APP), tokens.public_jwks([KEY]), by=person)
    assert await granted(hub) == (200, {"backend.erase"})


def test_the_narrow_scope_opens_the_doors_of_erasing_alone() -> None:
    audiences = {route.path: getattr(route, "audience", None) for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined] # every one of ours has a path
    doors = {
        path
        for path, audience in audiences.items()
        if isinstance(audience, Client) and "backend.erase" in {audience.scope, audience.narrow}
    }
    assert doors == {"/v1/backend/erasures", "/v1/backend/erasures/{erasure_id}/confirm"}
