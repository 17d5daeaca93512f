"""What a relying party has to do for people who ask it through us: read the requests, and say that they are done."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.clients import service as clients
from identity.privacy import service
from identity.privacy.models import PrivacyRequest, RequestState
from identity.privacy.service import OPEN, RequestNotFound, RequestOver

DONE = Text(vi="Dịch vụ báo đã thực hiện yêu cầu của bạn.", en="The service says that your request is done.")


def waiting(client_id: str) -> Select[PrivacyRequest]:
    """The requests this client has not acted on."""
    return select(PrivacyRequest).where(PrivacyRequest.client_id == client_id, PrivacyRequest.state.in_(OPEN))


async def subject(session: AsyncSession, client_id: str, row: PrivacyRequest) -> str:
    """The name the client knows the person by. Raises RequestNotFound for a client that is gone."""
    client = await clients.find(session, client_id)
    if client is None:
        raise RequestNotFound
    return await clients.pairwise(session, row.person_id, client.sector)


async def done(session: AsyncSession, client_id: str, request_id: UUID) -> None:
    """Raises RequestNotFound, RequestOver."""
    row = await session.get(PrivacyRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.client_id != client_id:
        raise RequestNotFound
    if row.state not in OPEN:
        raise RequestOver
    await service.finish(session, row, RequestState.DONE, role="service", note=DONE)
