"""Holds what the gateway must know of each app, with the routes and the contract of the version a person is given."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from hanoismart.gateway import AppState, app_state
from hanoismart.gateway.contract import ApiContract, ContractInvalid
from hanoismart.server.database import Database
from kernel.settings import settings as kernel_settings
from plugins.gateway.holding import Held
from plugins.registry import serving
from plugins.registry.live import LiveApp
from plugins.registry.serving import Choices
from plugins.rollout.kills import BACKEND

SECONDS: Final = 5.0
"""An app is read again after so long even when nobody says that it changed."""
_CONTRACTS: Final = 200
log = structlog.get_logger()
_Version = tuple[UUID, datetime]


class Serving:
    """One app: who is given which version, and what the gateway must know of it."""

    def __init__(self, choices: Choices, contracts: "Contracts") -> None:
        self._choices = choices
        self._contracts = contracts
        self._states: dict[UUID, AppState] = {}

    def pick(self, sub: str | None) -> tuple[LiveApp, AppState] | None:
        """The version for whom the app knows as `sub`; None where nothing is served to them."""
        live = self._choices.pick(sub)
        if live is None:
            return None
        state = self._states.get(live.version_id)
        if state is None:
            state = self._states[live.version_id] = _state(live, self._contracts)
        return live, state


def stopped_in(live: LiveApp, state: AppState, ward: str | None) -> AppState:
    """The state for a person who lives in a ward, where a switch stops the app there."""
    reason = live.kills.hit(version_code=live.version_code, method=BACKEND, ward=ward)
    return state if reason is None else replace(state, stopped=reason)


class Contracts:
    """The contracts of versions, made once: reading a large OpenAPI document takes a while."""

    def __init__(self) -> None:
        self._held: OrderedDict[_Version, ApiContract | None] = OrderedDict()

    def of(self, live: LiveApp) -> ApiContract | None:
        """None where the version has no document, or one that cannot be used: the backend then judges alone."""
        key = (live.version_id, live.updated_at)
        if key not in self._held:
            self._held[key] = _contract(live)
            if len(self._held) > _CONTRACTS:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]


def _contract(live: LiveApp) -> ApiContract | None:
    if not live.openapi:
        return None
    try:
        return ApiContract(live.openapi)
    except ContractInvalid:
        log.warning("gateway.contract_invalid", app_id=live.app_id, version=live.version_code)
        return None


def _state(live: LiveApp, contracts: Contracts) -> AppState:
    return app_state(
        live.manifest,
        issuer=kernel_settings().public_url,
        status=live.status,
        epoch=live.epoch,
        contract=contracts.of(live),
        reason=live.reason,
        stopped=live.kills.hit(version_code=live.version_code, method=BACKEND),
    )


class Apps:
    """The apps this process has served lately."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contracts = Contracts()
        self._held: Held[str, Serving | None] = Held(self._read, seconds=SECONDS)

    def now(self, app_id: str) -> Serving | None:
        """What is held and fresh, without waiting; None where it must be asked for."""
        return self._held.now(app_id)

    async def get(self, app_id: str) -> Serving | None:
        return await self._held.get(app_id)

    def forget(self, app_id: str | None = None) -> None:
        """Read an app again at the next call; all of them where none is named."""
        self._held.forget(app_id)

    async def _read(self, app_id: str) -> Serving | None:
        async with self._database.session() as session:
            choices = await serving.choices(session, app_id)
        return None if choices is None else Serving(choices, self._contracts)
