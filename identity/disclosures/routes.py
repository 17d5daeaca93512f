"""GET /v1/me/disclosures: who looked at my data."""

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.disclosures.models import Disclosure
from identity.disclosures.schemas import DisclosureOut, TextOut
from identity.disclosures.service import about
from kernel.access import CallerDep, Person

router = Router(tags=["disclosures"])


@router.get("/v1/me/disclosures", audience=Person(), problems=[CursorInvalid], response_model=ListOut[DisclosureOut])
async def list_disclosures(session: Session, caller: CallerDep, page: Paging) -> ListOut[DisclosureOut]:
    """Every reading of the caller's own data, the newest first."""
    found = await paginate(session, about(caller.person), [Disclosure.at, Disclosure.id], page)
    return ListOut(items=[_out(row) for row in found.items], next=found.next)


def _out(row: Disclosure) -> DisclosureOut:
    return DisclosureOut(
        id=row.id,
        at=row.at,
        reader=row.reader_kind.value,
        organisation=TextOut(vi=row.organisation_vi, en=row.organisation_en),
        role=row.role,
        attributes=row.attributes,
        purpose_code=row.purpose_code,
        purpose=TextOut(vi=row.purpose_vi, en=row.purpose_en),
        legal_basis=row.legal_basis,
        request_id=row.request_id,
        outcome=row.outcome.value,
    )
