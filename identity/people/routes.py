"""The caller's own account: what it is, the documents it stands on, and the level they carry."""

from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.people import ages, levels, queries
from identity.people.models import Person as PersonRow
from identity.people.models import PersonDocument
from identity.people.queries import PersonNotFound
from identity.people.schemas import DocumentOut, LevelOut, MeOut, PhoneOut
from identity.places.queries import today
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
        age=ages.band(person.adult_on, on=today()).value,
        phone=PhoneOut.model_validate(phone) if phone else None,
    )


@router.get("/v1/me/documents", audience=Person(), response_model=ListOut[DocumentOut], problems=[CursorInvalid])
async def my_documents(session: Session, caller: CallerDep, page: Paging) -> ListOut[DocumentOut]:
    """The documents the account stands on, the newest first."""
    own = select(PersonDocument).where(PersonDocument.person_id == caller.person)
    found = await paginate(session, own, [PersonDocument.added_at, PersonDocument.id], page)
    return ListOut(items=[DocumentOut.model_validate(row) for row in found.items], next=found.next)


@router.post("/v1/me/level", audience=Person(acr=2), response_model=LevelOut)
async def settle_level(session: Session, caller: CallerDep) -> LevelOut:
    """Look again at documents and keys: level 3 stands on a chip that is no copy, or a counter, and a passkey bound to its device."""
    return LevelOut(level=await levels.settle(session, caller.person))
