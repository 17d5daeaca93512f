"""Pairwise subjects and tokens for mini-apps, for the floors above."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.service import pairwise, person_of
from identity.mandates.acting import ActFor
from identity.oauth.tokens import AppToken, Issued, app_token, named
from identity.oauth.verification import MandateOver
from identity.ports import AppAudience
from kernel.access import Caller, SignInRequired

__all__ = ["AppAudience", "Issued", "MandateOver", "exchange", "named", "pairwise", "person_of"]


async def exchange(
    session: AsyncSession,
    caller: Caller,
    *,
    app_id: str,
    sector: str,
    scopes: frozenset[str],
    epoch: int,
    act_for: ActFor | None = None,
) -> Issued:
    """A five-minute token for one mini-app, for the person who is calling; never above the level of their sign-in.

    The caller of this function has checked consent and manifest: `scopes` is what both allow. With a mandate the token never outlives it.
    Raises SignInRequired.
    """
    person_id: UUID = caller.person
    if caller.session_id is None:
        raise SignInRequired
    sub = await pairwise(session, person_id, sector)
    told = AppToken(person_id, caller.session_id, sub, sector, app_id, scopes, caller.acr, epoch)
    return await app_token(session, told, act_for=act_for)
