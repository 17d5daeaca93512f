"""What a person has not answered yet: scopes in exactly the manifest's words, neither granted nor knowingly declined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.manifest import Manifest, ScopeRequest, purpose_hash
from hanoismart.problems import Problem
from hanoismart.scopes import SCOPES
from hanoismart.text import Text
from identity.api import consent
from identity.api.consent import Ask
from plugins.analytics.service import count_step
from plugins.registry.live import LiveApp
from plugins.registry.models import OpenedApp


class ConsentRequired(Problem):
    code = "miniapps.consent_required"
    status = 409
    keep = True  # that it was asked is counted
    title = Text(vi="Cần sự đồng ý của bạn trước khi mở", en="Your consent is needed before the app opens")


class ConsentChanged(Problem):
    code = "miniapps.consent_changed"
    status = 409
    title = Text(vi="Nội dung xin phép đã thay đổi, vui lòng đọc lại", en="What is asked has changed, please read it again")


class ConsentNotAsked(Problem):
    code = "miniapps.consent_not_asked"
    status = 422
    title = Text(vi="Ứng dụng không xin phạm vi này", en="The app does not ask for this scope")


class RequiredDeclined(Problem):
    code = "miniapps.required_declined"
    status = 422
    title = Text(vi="Phạm vi bắt buộc không thể bỏ chọn", en="A required scope cannot be declined")


@dataclass(frozen=True, slots=True)
class Answer:
    """One scope a person answered, with the mark of the purpose they were shown."""

    scope: str
    purpose_hash: str


def ask_of(request: ScopeRequest) -> Ask:
    return Ask(request.scope, request.purpose.text)


def shown(request: ScopeRequest) -> dict[str, object]:
    """A scope as the consent sheet shows it: what it opens, and the app's purpose word for word in both languages."""
    reveals = SCOPES[request.scope].reveals
    return {
        "scope": request.scope,
        "reveals": {"vi": reveals.vi, "en": reveals.en},
        "purpose": {"vi": request.purpose.vi, "en": request.purpose.en},
        "purpose_hash": purpose_hash(request.scope, request.purpose.text),
        "optional": request.optional,
        "sensitivity": SCOPES[request.scope].sensitivity.value,
    }


async def pending(session: AsyncSession, app: LiveApp, person_id: UUID) -> list[ScopeRequest]:
    """The scopes to ask now, in the manifest's order."""
    requests = {request.scope: request for request in app.manifest.hs.scopes}
    if not requests:
        return []
    missing = await consent.missing(session, person_id, app.app_id, [ask_of(one) for one in requests.values()])
    declined = await _declined(session, app.app_id, person_id)
    left = [requests[ask.scope] for ask in missing]
    return [one for one in left if not (one.optional and declined.get(one.scope) == purpose_hash(one.scope, one.purpose.text))]


async def agreed(session: AsyncSession, app: LiveApp, person_id: UUID) -> frozenset[str]:
    """The manifest's scopes the person agreed to in exactly these words."""
    asks = [ask_of(one) for one in app.manifest.hs.scopes]
    if not asks:
        return frozenset()
    missing = await consent.missing(session, person_id, app.app_id, asks)
    return frozenset(ask.scope for ask in asks) - {ask.scope for ask in missing}


async def answer(
    session: AsyncSession, app: LiveApp, person_id: UUID, *, granted: Sequence[Answer], declined: Sequence[Answer], request_id: str | None
) -> None:
    """Keep what a person answered; only what was shown in the present words counts.

    Raises ConsentNotAsked, ConsentChanged, RequiredDeclined.
    """
    requests = {request.scope: request for request in app.manifest.hs.scopes}
    for one in (*granted, *declined):
        request = requests.get(one.scope)
        if request is None:
            raise ConsentNotAsked(scope=one.scope)
        if purpose_hash(one.scope, request.purpose.text) != one.purpose_hash:
            raise ConsentChanged(scopes=[shown(request)])
    if any(not requests[one.scope].optional for one in declined):
        raise RequiredDeclined
    if granted:
        await count_step(session, app.app_id, agreed=True)
        await consent.grant(session, person_id, app.app_id, [ask_of(requests[one.scope]) for one in granted], request_id=request_id)
    if declined:
        await _decline(session, app.app_id, person_id, {one.scope: one.purpose_hash for one in declined})


async def require(session: AsyncSession, manifest: Manifest, open_questions: Sequence[ScopeRequest]) -> None:
    """Raises ConsentRequired listing what to ask, if anything is open; that it was asked is counted, without the person."""
    if open_questions:
        await count_step(session, manifest.app_id, agreed=False)
        raise ConsentRequired(app_id=manifest.app_id, version_code=manifest.version.code, scopes=[shown(one) for one in open_questions])


async def _declined(session: AsyncSession, app_id: str, person_id: UUID) -> Mapping[str, str]:
    found = await session.scalar(select(OpenedApp.declined).where(OpenedApp.person_id == person_id, OpenedApp.app_id == app_id))
    return found or {}


async def _decline(session: AsyncSession, app_id: str, person_id: UUID, marks: dict[str, str]) -> None:
    row = insert(OpenedApp).values(person_id=person_id, app_id=app_id, declined=marks, first_opened_at=None, last_opened_at=now())
    merged = row.on_conflict_do_update(
        index_elements=[OpenedApp.person_id, OpenedApp.app_id], set_={"declined": OpenedApp.declined.op("||")(row.excluded.declined)}
    )
    await session.execute(merged)
