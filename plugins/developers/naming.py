"""Who may use which app_id: names follow proven domains, the state's and the city's are reserved, look-alikes are found."""

import re
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.manifest import grammar
from identity.api.organisations import Organisation, OrganisationKind
from plugins.developers.models import DomainProof, ProofState
from plugins.developers.problems import NameRefused
from plugins.registry.lookalikes import foreign_letters, skeleton
from plugins.registry.models import AppName, MiniApp
from plugins.settings import settings

RESERVED: Final = ("vn.gov", "vn.hanoi", "vn.hanoismart")
"""Prefixes of the state and the city, for agencies alone."""
_CODE: Final = re.compile(r"[0-9A-Z]+(\.[0-9A-Z]+)*")  # Decision 20/2020/QĐ-TTg
TRYING: Final = "dev"
"""In a sandbox every organisation has names of its own without a domain: `dev.<its code>.…`."""


def own_prefix(organisation: Organisation) -> str:
    """The prefix an organisation has in a sandbox, and no other one: codes have no hyphens, so a dot may become one.

    A code outside that grammar goes by its digest, behind two hyphens, which no other prefix has.
    """
    if _CODE.fullmatch(organisation.code):
        return f"{TRYING}.{organisation.code.lower().replace('.', '-')}"
    return f"{TRYING}.x--{sha256(organisation.code.encode()).hexdigest()[:32]}"


async def check_id(session: AsyncSession, organisation: Organisation, app_id: str) -> None:
    """Raises NameRefused with the reason: form, reserved, or no proven domain."""
    if re.fullmatch(grammar.APP_ID, app_id) is None or len(app_id) > 128:
        raise NameRefused(reason="form")
    if _under(app_id, RESERVED):
        if organisation.kind not in {OrganisationKind.AGENCY, OrganisationKind.CITY}:
            raise NameRefused(reason="reserved")
        return
    if settings().registry_environment == "sandbox" and _under(app_id, [own_prefix(organisation)]):
        return
    proven = select(DomainProof.domain).where(DomainProof.organisation_id == organisation.id, DomainProof.state == ProofState.VERIFIED)
    prefixes = [".".join(reversed(domain.split("."))) for domain in await session.scalars(proven)]
    if not _under(app_id, prefixes):
        raise NameRefused(reason="domain", prefixes=prefixes)


async def check_names(session: AsyncSession, app_id: str, organisation: Organisation, *names: str) -> None:
    """Until the transaction ends nobody else takes a name that looks like one of these.

    Raises NameRefused: another script, or the look of another organisation's app.
    """
    for mark in sorted({skeleton(name) for name in names}):  # in one order for all, so that nobody waits in a circle
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"app name {mark}", 0))))
    for name in names:
        if foreign_letters(name):
            raise NameRefused(reason="script")
        if (twin := await twin_of(session, app_id, organisation, name)) is not None:
            raise NameRefused(reason="lookalike", twin=twin)


async def twin_of(session: AsyncSession, app_id: str, organisation: Organisation, name: str) -> str | None:
    """The app of somebody else whose name looks the same."""
    mark = skeleton(name)
    if len(mark) < 3:
        return None
    found = select(AppName.app_id).join(MiniApp, MiniApp.app_id == AppName.app_id)
    others = found.where(AppName.skeleton == mark, AppName.app_id != app_id, MiniApp.organisation_id != organisation.id)
    return await session.scalar(others.limit(1))


async def holds(session: AsyncSession, organisation: Organisation, host: str) -> bool:
    """Whether a backend may run there: under a domain the organisation proved; the city's own and a sandbox's may run anywhere."""
    if settings().registry_environment == "sandbox" or organisation.kind is OrganisationKind.CITY:
        return True
    proven = select(DomainProof.domain).where(DomainProof.organisation_id == organisation.id, DomainProof.state == ProofState.VERIFIED)
    return any(host == domain or host.endswith(f".{domain}") for domain in await session.scalars(proven))


def _under(app_id: str, prefixes: list[str] | tuple[str, ...]) -> bool:
    return any(app_id.startswith(f"{prefix}.") for prefix in prefixes)
