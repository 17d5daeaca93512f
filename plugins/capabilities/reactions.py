"""What plugins do about facts of the floors below; app/wiring connects them."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.ids import new_id
from identity.api.tokens import pairwise
from identity.events import ConsentWithdrawn
from plugins.registry import queries
from plugins.webhooks.service import tell


async def consent_withdrawn(session: AsyncSession, event: ConsentWithdrawn) -> None:
    """Tell the app, by the name it knows the person by; nothing happens for clients that are no mini-apps.

    The gateway asks consents again every two seconds, so nobody else's tokens have to die for this.
    """
    app = await queries.live(session, event.client_id)
    if app is None:
        return
    sub = await pairwise(session, event.person_id, app.sector)
    await tell(session, app.app_id, "consent.revoked", {"sub": sub}, dedupe=str(new_id()))
