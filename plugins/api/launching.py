"""Mini-apps as the token endpoint asks for them: what somebody agreed to, and whether the app may run for them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import assurance
from identity.api.tokens import AppAudience
from plugins.launch import asking
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended


class Audiences:
    """Asks registry and consents at each question."""

    async def audience(self, session: AsyncSession, app_id: str, person_id: UUID) -> AppAudience | None:
        """None where there is no such app, or it may not run for this person."""
        try:
            app = await serving.served(session, app_id, person_id=person_id)
        except (AppNotFound, AppSuspended):
            return None
        least = assurance.level(assurance.minimum_acr(app.manifest.hs.min_assurance))
        asks = bool(await asking.pending(session, app, person_id))
        return AppAudience(app.app_id, app.sector, app.epoch, least, await asking.agreed(session, app, person_id), asks)
