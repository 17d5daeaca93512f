"""A backend tells a person something, with a template of its manifest."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.manifest import Manifest
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.access import Caller
from notifications import api as notifications
from plugins.capabilities.consenting import NotAgreed, reached
from plugins.grants import service as grants

SCOPE = "notifications.send"


class TemplateNotYours(Problem):
    code = "backend.template_unknown"
    status = 422
    title = Text(vi="Manifest không có mẫu thông báo này", en="The manifest has no such template")


async def ensure_templates(session: AsyncSession, manifest: Manifest, *, tried: int | None = None) -> None:
    """Give the manifest's templates to notifications, under the app's own name; those of a version that is `tried` under its code, too."""
    name = Text(vi=manifest.localised("vi").name, en=manifest.localised("en").name)
    category = notifications.Category.TRANSPORT if manifest.hs.category == "transport" else notifications.Category.SERVICES
    for one in manifest.hs.notifications:
        await notifications.ensure_template(session, _key(manifest.app_id, one.template, tried), category, name, Text(vi=one.vi, en=one.en))


async def tell_person(
    session: AsyncSession,
    caller: Caller,
    sub: str,
    template: str,
    data: Mapping[str, str | int],
    *,
    dedupe: str,
    link: str | None,
) -> bool:
    """False where the person was told before under this `dedupe`. Whoever agreed to no more than single notifications has one used up.

    Raises AppNotFound, AppSuspended, PersonUnknown, NotAgreed, TemplateNotYours, and what notifications refuses.
    """
    person = await reached(session, caller, sub)
    if template not in {one.template for one in person.app.manifest.hs.notifications}:
        raise TemplateNotYours
    app_id, tried = person.app.app_id, None if person.app.live else person.app.version_code
    key = _key(app_id, template, tried)
    told = await notifications.notify(session, person.person_id, key, data, dedupe=f"{app_id}:{dedupe}", link=link)
    # Told first, so that a repetition uses nothing up; without a grant the whole transaction is undone.
    if told is not None and SCOPE not in person.agreed and not await grants.take(session, app_id, person.person_id, template):
        raise NotAgreed(scopes=[SCOPE])
    return told is not None


def _key(app_id: str, template: str, tried: int | None = None) -> str:
    return f"{app_id}/{template}" if tried is None else f"{app_id}/{template}@{tried}"
