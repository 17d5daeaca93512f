"""The developer portal's first half: the organisations one develops for, their domains, keys and apps."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request

from hanoismart.package import limits
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.api import demo, mandates, organisations
from identity.api.mandates import MandateKind
from kernel.access import CallerDep, Person
from kernel.settings import settings as kernel_settings
from plugins.developers import apps, domains, keys, naming
from plugins.developers.models import DeveloperKey, DomainProof
from plugins.developers.policies import ROLES, member
from plugins.developers.problems import (
    DeveloperMissing,
    DomainInvalid,
    DomainNotFound,
    DomainTaken,
    DomainUnproven,
    KeyInvalid,
    KeyKnown,
    KeyNotFound,
    NameRefused,
    NameTaken,
    TooManyDomains,
    TooManyKeys,
)
from plugins.developers.reading import app_out
from plugins.developers.schemas import (
    AppIn,
    DeveloperAppOut,
    DeveloperOrganisationOut,
    DomainIn,
    DomainOut,
    EnvironmentOut,
    KeyIn,
    KeyOut,
    LimitsOut,
    RevokeIn,
    TestCitizenOut,
)
from plugins.settings import settings

router = Router(tags=["developers"])
OrganisationId = Annotated[UUID, Path()]
Domain = Annotated[str, Path(max_length=253)]


@router.get("/v1/dev/environment", audience=Anyone(), response_model=EnvironmentOut)
async def read_environment() -> EnvironmentOut:
    """Whether this is a sandbox or production, and how large a package may be."""
    most = LimitsOut(zipped=limits.ZIPPED, unzipped=limits.UNZIPPED, files=limits.FILES, keys=keys.MOST, review_days=settings().review_days)
    own = settings()
    return EnvironmentOut(environment=own.registry_environment, issuer=kernel_settings().public_url, page_host=own.page_host, limits=most)


@router.get("/v1/dev/test-citizens", audience=Person(acr=1), response_model=ListOut[TestCitizenOut], problems=[DeveloperMissing, NotFound])
async def list_test_citizens(session: Session, caller: CallerDep) -> ListOut[TestCitizenOut]:
    """The invented people of this sandbox, and how to sign in as them; there are none in production."""
    if settings().registry_environment == "production":
        raise NotFound
    if not any(one.kind is MandateKind.ORGANISATION and one.roles & ROLES for one in await mandates.all_of(session, caller.person)):
        raise DeveloperMissing
    return ListOut(items=[TestCitizenOut.model_validate(one) for one in await demo.test_citizens(session)], next=None)


@router.get("/v1/dev/organisations", audience=Person(acr=1), response_model=ListOut[DeveloperOrganisationOut])
async def list_developer_organisations(session: Session, caller: CallerDep) -> ListOut[DeveloperOrganisationOut]:
    """The organisations I develop for."""
    found = [one for one in await mandates.all_of(session, caller.person) if one.kind is MandateKind.ORGANISATION and one.roles & ROLES]
    listed = []
    for one in found:
        organisation = await organisations.organisation(session, one.id)
        listed.append(
            DeveloperOrganisationOut(
                id=organisation.id,
                code=organisation.code,
                name_vi=organisation.name.vi,
                name_en=organisation.name.en,
                kind=organisation.kind.value,
                roles=sorted(one.roles),
                own_prefix=naming.own_prefix(organisation) if settings().registry_environment == "sandbox" else None,
            )
        )
    return ListOut(items=listed, next=None)


@router.get(
    "/v1/dev/organisations/{organisation_id}/domains",
    audience=Person(acr=1),
    response_model=ListOut[DomainOut],
    problems=[DeveloperMissing],
)
async def list_domains(organisation_id: OrganisationId, session: Session, caller: CallerDep) -> ListOut[DomainOut]:
    await member(session, caller, organisation_id)
    return ListOut(items=[_domain(one) for one in await domains.listed(session, organisation_id)], next=None)


@router.post(
    "/v1/dev/organisations/{organisation_id}/domains",
    audience=Person(acr=1),
    response_model=DomainOut,
    status_code=201,
    problems=[DeveloperMissing, DomainInvalid, TooManyDomains],
)
async def claim_domain(organisation_id: OrganisationId, body: DomainIn, session: Session, caller: CallerDep) -> DomainOut:
    """Say that the organisation holds a domain; the answer tells what to put where."""
    await member(session, caller, organisation_id)
    return _domain(await domains.claim(session, organisation_id, body.domain))


@router.post(
    "/v1/dev/organisations/{organisation_id}/domains/{domain}/check",
    audience=Person(acr=1),
    response_model=DomainOut,
    problems=[DeveloperMissing, DomainNotFound, DomainUnproven, DomainTaken],
)
async def check_domain(organisation_id: OrganisationId, domain: Domain, request: Request, caller: CallerDep) -> DomainOut:
    """Look for the proof now; no transaction is open while the world is asked."""
    database = request.scope["runtime"].database
    async with database.transaction() as session:
        await member(session, caller, organisation_id)
        proof = await domains.find(session, organisation_id, domain)
        name, expected, holder = proof.domain, domains.dns_value(proof), await domains.rival(session, proof)
    there = await domains.look(name, expected)
    gone = holder.organisation_id if there and holder is not None and not await domains.look(name, domains.dns_value(holder)) else None
    async with database.transaction() as session:
        proof = await domains.find(session, organisation_id, name)
        return _domain(await domains.settle(session, proof, found=there, rival_gone=gone, by=caller.person))


@router.get(
    "/v1/dev/organisations/{organisation_id}/keys", audience=Person(acr=1), response_model=ListOut[KeyOut], problems=[DeveloperMissing]
)
async def list_keys(organisation_id: OrganisationId, session: Session, caller: CallerDep) -> dict[str, object]:
    await member(session, caller, organisation_id)
    return {"items": await keys.listed(session, organisation_id), "next": None}


@router.post(
    "/v1/dev/organisations/{organisation_id}/keys",
    audience=Person(acr=2),
    response_model=KeyOut,
    status_code=201,
    problems=[DeveloperMissing, KeyInvalid, KeyKnown, TooManyKeys],
)
async def register_key(organisation_id: OrganisationId, body: KeyIn, session: Session, caller: CallerDep) -> DeveloperKey:
    """Register a public key to sign packages with."""
    await member(session, caller, organisation_id)
    return await keys.register(
        session,
        organisation_id,
        body.jwk,
        label=body.label,
        by=caller.person,
        not_before=body.not_before,
        not_after=body.not_after,
    )


@router.post(
    "/v1/dev/organisations/{organisation_id}/keys/{kid}/revoke",
    audience=Person(acr=1),
    response_model=KeyOut,
    problems=[DeveloperMissing, KeyNotFound],
)
async def revoke_key(
    organisation_id: OrganisationId, kid: Annotated[str, Path(max_length=64)], body: RevokeIn, session: Session, caller: CallerDep
) -> DeveloperKey:
    """From now on nothing new counts under this key; versions accepted before stay, unless revoked one by one."""
    await member(session, caller, organisation_id)
    return await keys.revoke(session, organisation_id, kid, reason=body.reason, by=caller.person)


@router.get(
    "/v1/dev/organisations/{organisation_id}/apps",
    audience=Person(acr=1),
    response_model=ListOut[DeveloperAppOut],
    problems=[DeveloperMissing],
)
async def list_developer_apps(organisation_id: OrganisationId, session: Session, caller: CallerDep) -> ListOut[DeveloperAppOut]:
    await member(session, caller, organisation_id)
    listed = await apps.of_organisation(session, organisation_id)
    heads = await apps.heads(session, [one.app_id for one in listed])
    return ListOut(items=[app_out(one, heads[one.app_id]) for one in listed], next=None)


@router.post(
    "/v1/dev/organisations/{organisation_id}/apps",
    audience=Person(acr=1),
    response_model=DeveloperAppOut,
    status_code=201,
    problems=[DeveloperMissing, NameRefused, NameTaken],
)
async def create_app(organisation_id: OrganisationId, body: AppIn, session: Session, caller: CallerDep) -> DeveloperAppOut:
    """Take an app_id under a proven domain, with names nobody can mistake for another app's."""
    owner = await member(session, caller, organisation_id)
    return app_out(await apps.create(session, owner, body.app_id, body.name_vi, body.name_en, by=caller.person), [])


def _domain(proof: DomainProof) -> DomainOut:
    return DomainOut(
        domain=proof.domain,
        state=proof.state,
        dns_name=domains.dns_name(proof.domain),
        dns_value=domains.dns_value(proof),
        well_known_url=domains.well_known(proof.domain),
        verified_at=proof.verified_at,
    )
