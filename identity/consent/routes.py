"""What I agreed to, and taking it back."""

from typing import Annotated, Any

from fastapi import Path
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.consent import service
from identity.consent.models import Consent
from identity.consent.schemas import ConsentOut
from kernel.access import CallerDep, Person

router = Router(tags=["consent"])


@router.get("/v1/me/consents", audience=Person(), response_model=ListOut[ConsentOut])
async def list_consents(session: Session, caller: CallerDep, page: Paging) -> Page[Any]:
    """Every consent I gave, open and withdrawn, newest first."""
    mine = select(Consent).where(Consent.person_id == caller.person)
    return await paginate(session, mine, [Consent.given_at, Consent.id], page)


@router.delete("/v1/me/consents/{client_id}", audience=Person(), status_code=204, problems=[NotFound])
async def withdraw_consents(client_id: Annotated[str, Path(max_length=120)], session: Session, caller: CallerDep) -> None:
    """Withdraw everything I agreed to for one client; effective within seconds everywhere."""
    if not await service.withdraw(session, caller.person, client_id):
        raise NotFound
