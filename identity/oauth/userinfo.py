"""What a client may know of the person who signed in, by the scopes it was granted."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.api import disclosures, people
from identity.clients import service as clients
from identity.oauth.tokens import ACR
from kernel.access import Caller, ScopeMissing
from kernel.telemetry import current_request_id

PURPOSE = Text(vi="Đăng nhập bằng tài khoản HanoiSmart", en="Sign-in with the HanoiSmart account")


async def claims(session: AsyncSession, caller: Caller) -> dict[str, Any]:
    """The claims for this caller; releasing a name to another party leaves a row in the person's log. Raises ScopeMissing."""
    if "openid" not in caller.scopes:
        raise ScopeMissing
    client = await clients.find(session, caller.client_id)
    if client is None:
        raise ScopeMissing
    card = await people.card(session, caller.person)
    answer: dict[str, Any] = {"sub": await clients.pairwise(session, caller.person, client.sector), "acr": f"{ACR}{caller.acr}"}
    if "profile" in caller.scopes:
        answer["name"] = card.display_name
        if not client.first_party:
            reader = disclosures.Reader("client", client.client_id, Text(vi=client.name_vi, en=client.name_en), "relying_party")
            purpose = disclosures.Purpose("sign_in", PURPOSE, "consent", current_request_id.get())
            await disclosures.record(session, caller.person, ["name"], reader, purpose)
    return answer
