"""`/v1/people/{id}/follow` and `/block`."""

from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Person
from kernel.limits import TooMany
from social.refusals import SocialPersonNotFound
from social.relations import service
from social.relations.service import NotYourself, TooManyBlocks, TooManyFollows
from social.visibility import viewer

router = Router(tags=["people"])


@router.put(
    "/v1/people/{person_id}/follow",
    audience=Person(),
    problems=[SocialPersonNotFound, NotYourself, TooManyFollows, TooMany],
    status_code=204,
    response_model=None,
)
async def follow(person_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.follow(session, await viewer(session, caller.person), person_id)


@router.delete("/v1/people/{person_id}/follow", audience=Person(), status_code=204, response_model=None)
async def unfollow(person_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.unfollow(session, caller.person, person_id)


@router.put(
    "/v1/people/{person_id}/block",
    audience=Person(),
    problems=[SocialPersonNotFound, NotYourself, TooManyBlocks],
    status_code=204,
    response_model=None,
)
async def block(person_id: UUID, session: Session, caller: CallerDep) -> None:
    """From now on neither of the two meets the other anywhere in the social layer."""
    await service.block(session, caller.person, person_id)


@router.delete("/v1/people/{person_id}/block", audience=Person(), status_code=204, response_model=None)
async def unblock(person_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.unblock(session, caller.person, person_id)
