"""`/v1/people/{id}` and `/v1/me/profile`: the face a person shows."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, Field

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Out
from kernel.access import CallerDep, Person
from social.profiles import service
from social.refusals import SocialPersonNotFound
from social.visibility import viewer, viewer_of
from social.words import written

router = Router(tags=["people"])


class ProfileIn(In):
    about: Annotated[str, Field(max_length=500), AfterValidator(written)]


class ProfileOut(Out):
    id: UUID
    name: str | None
    kind: str | None
    level: int
    about: str
    followed: bool


@router.get("/v1/people/{person_id}", audience=Anyone(), problems=[SocialPersonNotFound], response_model=ProfileOut)
async def profile(request: Request, person_id: UUID, session: Session) -> ProfileOut:
    return _out(await service.profile(session, await viewer_of(request, session), person_id))


@router.put("/v1/me/profile", audience=Person(), response_model=ProfileOut)
async def describe(wanted: ProfileIn, session: Session, caller: CallerDep) -> ProfileOut:
    await service.describe(session, caller.person, wanted.about)
    return _out(await service.profile(session, await viewer(session, caller.person), caller.person))


def _out(found: service.ShownProfile) -> ProfileOut:
    author = found.author
    return ProfileOut(id=author.id, name=author.name, kind=author.kind, level=author.level, about=found.about, followed=found.followed)
