"""Tells the people who develop an app that its endpoint was disabled: in their inbox, and at the address its manifest names."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import mandates, people
from identity.api.mandates import OrganisationRole
from identity.api.notices import Channel
from kernel.jobs import jobs
from notifications.api import Category, Template, notify, register
from plugins.ports import Messenger
from plugins.registry import serving
from plugins.registry.models import MiniApp
from plugins.webhooks.models import Endpoint

MAIL: Final = "plugins.mail_webhook_disabled"
ROLES: Final = frozenset({OrganisationRole.DEVELOPER, OrganisationRole.ADMINISTRATOR})
DISABLED: Final = register(
    Template(
        "plugins.webhook_disabled",
        Category.SERVICES,
        Text(vi="Webhook của {app} đã bị tắt", en="The webhook of {app} was disabled"),
        Text(
            vi="Máy chủ không nhận được thông báo. Hãy sửa rồi bật lại trong cổng nhà phát triển; có thể gửi lại các thông báo đã lỡ.",
            en="The server refused our messages. Mend it and enable it again in the developer portal; what was missed can be sent again.",
        ),
    )
)


async def disabled(session: AsyncSession, endpoint: Endpoint) -> None:
    """Everybody with the role of developer or administrator hears of it, and a mail is on its way."""
    app = await session.get_one(MiniApp, endpoint.app_id)
    mark = f"webhook disabled {endpoint.app_id} {now().timestamp()}"
    members = await mandates.members(session, app.organisation_id, ROLES)
    for person_id in members:
        if await people.cards(session, [person_id]):
            await notify(session, person_id, DISABLED.key, {"app": endpoint.app_id}, dedupe=mark)
    await jobs.enqueue(session, MAIL, {"app_id": endpoint.app_id}, dedupe=endpoint.app_id)


async def send_mail(database: Database, messenger: Messenger, app_id: str) -> None:
    """Both languages in one letter: nobody knows who reads at that address. Raises what sending mail raises."""
    async with database.session() as session:
        found = await serving.choices(session, app_id)
        endpoint = await session.get(Endpoint, app_id)
    app = found.any if found is not None else None
    if app is None or endpoint is None or endpoint.disabled_at is None:
        return
    subject, text = (words.format(app=app_id) for words in (DISABLED.title, DISABLED.body))
    await messenger.send(Channel.EMAIL, app.manifest.hs.support.email, f"{subject.vi} / {subject.en}", f"{text.vi}\n\n{text.en}\n")
