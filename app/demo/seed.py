"""Fills a new database with the demo city: its wards, rules, agencies, parking, invented residents, groups and posts."""

import importlib
import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import city
from app.backends import addresses, key_of, mount_backends
from app.cli.database import required_url
from app.composition import DATA
from app.demo import operator, people
from app.demo.clients import MOBILE, register_clients
from app.settings import settings as app_settings
from hanoismart import package
from hanoismart.assets import bring_bridge
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import clients, demo, organisations, places
from identity.api.demo import Invented
from identity.api.organisations import OrganisationKind
from kernel.blobs import open_blobs
from kernel.settings import settings
from plugins.api import registry
from social.api import demo as social_demo

RESIDENTS = 240
SEED = 20250701
EXAMPLE = Path("sdk/examples/feedback/app")
COMMITTEE = Text(vi="Uỷ ban nhân dân thành phố Hà Nội", en="Hanoi People's Committee")


@dataclass(frozen=True, slots=True)
class Town:
    """What the rest of the seed hangs on."""

    committee: UUID
    wards: list[Any]


async def seed(database_url: str | None = None, *, residents: int = RESIDENTS) -> bool:
    """Seed once; False when the city stands already."""
    database = Database(database_url or required_url(), pool_size=2, application_name="hanoismart-seed")
    try:
        async with database.session() as session:
            if await clients.exists(session, MOBILE.client_id):
                return False
        await city.found(database, app_settings())
        await _miniapps(database)
        async with database.transaction() as session:
            await demo.make_test_citizens(session)
            await _fill(session, residents)
        return True
    finally:
        await database.dispose()


async def citizens(database_url: str | None = None) -> int:
    """The test citizens alone, in a city that has its wards; how many were made. Raises UnsafeSettings in production."""
    database = Database(database_url or required_url(), pool_size=1, application_name="hanoismart-seed")
    try:
        await city.found(database, app_settings())
        async with database.transaction() as session:
            return await demo.make_test_citizens(session)
    finally:
        await database.dispose()


async def _fill(session: AsyncSession, residents: int) -> None:
    town = await _town(session)
    boss = await operator.make(session, town.committee)
    await _residents(session, town, boss, residents)
    # Last, because its presence says that the city stands.
    await register_clients(session)


async def _town(session: AsyncSession) -> Town:
    committee = await organisations.ensure(session, "H26", COMMITTEE, OrganisationKind.AGENCY)
    wards = await places.search(session, "", limit=500)
    return Town(committee.id, wards)


async def _residents(session: AsyncSession, town: Town, boss: UUID, count: int) -> None:
    """Invented residents in every ward, most of whom wrote something; the same ones at every run."""
    drawn = random.Random(SEED)
    for number in range(count):
        ward = town.wards[number % len(town.wards)]
        who = Invented(people.name(drawn), unit_id=ward.id, organisation_id=town.committee, attested_by=boss)
        person_id = await demo.invent(session, who)
        if number % 3:
            await social_demo.post(session, person_id, people.post(drawn, ward.name), ward_id=ward.id)


async def _miniapps(database: Database) -> None:
    """Seed and install every mini-app of the settings, each with the demo data it brings."""
    chosen = app_settings()
    url = database.url.render_as_string(hide_password=False)
    backends = mount_backends(settings().model_copy(update={"database_url": url}), chosen, None)
    try:
        for app_id, module in addresses(chosen).items():
            await importlib.import_module(f"{module}.seed").seed(backends.mounted[app_id].database)
            async with database.transaction() as session:
                await _install(session, app_id, module)
        await example(database)
    finally:
        await backends.close()


async def example(database: Database) -> None:
    """One of the SDK's examples with pages of its own, for a browser to open."""
    with TemporaryDirectory() as folder:
        app = shutil.copytree(EXAMPLE, Path(folder) / "app")
        bring_bridge(app)
        built = package.build(app)
    stored = await registry.keep(open_blobs(settings(), DATA / "blobs"), built)
    async with database.transaction() as session:
        owner = await organisations.ensure(session, "H26", COMMITTEE, OrganisationKind.AGENCY)
        given = registry.Installation(placement=registry.Http(""), organisation_id=owner.id, stored=stored, actor="system:demo")
        await registry.install(session, built.document, given)


async def _install(session: AsyncSession, app_id: str, module: str) -> None:
    owner = await organisations.ensure(
        session, "H26.19", Text(vi="Sở Xây dựng Hà Nội", en="Hanoi Department of Construction"), OrganisationKind.AGENCY
    )
    public = key_of(Path(app_settings().miniapp_keys), app_id).as_dict(private=False)
    given = registry.Installation(
        placement=registry.InProcess(module),
        organisation_id=owner.id,
        jwks={"keys": [public | {"alg": "Ed25519", "use": "sig"}]},
        payee=people.PARKING_PAYEE,
        actor="system:demo",
    )
    folder = Path(*module.split(".")[:-1])
    await registry.install(session, json.loads((folder / "manifest.json").read_text()), given)
