"""`/v1/me/notification-preferences`: what a person wants to be told, and how."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Person
from notifications.preferences import service
from notifications.preferences.categories import RULES, Channel
from notifications.preferences.schemas import PreferenceOut, PreferencesIn, PreferencesOut

router = Router(tags=["notifications"])


@router.get("/v1/me/notification-preferences", audience=Person(), response_model=PreferencesOut)
async def read_preferences(request: Request, session: Session, caller: CallerDep) -> PreferencesOut:
    return await _answer(session, caller.person, locale_of(request))


@router.put("/v1/me/notification-preferences", audience=Person(), problems=[service.CategoryMandatory], response_model=PreferencesOut)
async def change_preferences(request: Request, wanted: PreferencesIn, session: Session, caller: CallerDep) -> PreferencesOut:
    """Changes what is named and leaves the rest."""
    await service.decide(session, caller.person, {(item.category, item.channel): item.enabled for item in wanted.items})
    return await _answer(session, caller.person, locale_of(request))


async def _answer(session: AsyncSession, person_id: UUID, locale: str) -> PreferencesOut:
    matrix = await service.matrix(session, person_id)
    return PreferencesOut(
        items=[
            PreferenceOut(
                category=category,
                name=rule.name.in_(locale),
                mandatory=rule.mandatory,
                channels={channel: matrix[category, channel] for channel in Channel},
            )
            for category, rule in RULES.items()
        ]
    )
