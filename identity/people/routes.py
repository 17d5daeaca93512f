"""GET /v1/me: the caller's own account."""

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.people import queries
from identity.people.models import Person as PersonRow
from identity.people.queries import PersonNotFound
from identity.people.schemas import MeOut, PhoneOut
from kernel.access import CallerDep, Person

router = Router(tags=["people"])


@router.get("/v1/me", audience=Person(), problems=[PersonNotFound], response_model=MeOut)
async def me(session: Session, caller: CallerDep) -> MeOut:
    """Who the caller is to the house: card, levels, and contacts with all but the last digits hidden."""
    facts = await queries.facts(session, caller.person)
    person = await session.get_one(PersonRow, caller.person)
    phone = await queries.phone_of(session, caller.person)
    return MeOut(
        id=person.id,
        display_name=person.display_name,
        kind=person.kind.value,
        state=person.state.value,
        level=facts.acr,
        trust_level=facts.trust_level,
        demo=person.demo,
        locale="en" if person.locale == "en" else "vi",
        residence=facts.residence,
        stay_ends_on=person.stay_ends_on,
        phone=PhoneOut.model_validate(phone) if phone else None,
    )
