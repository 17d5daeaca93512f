"""The door the hub's webhooks come in by: raw bytes first, then the signature, then once and only once the handler."""

from fastapi import Request

from hanoismart import clock, webhooks
from hanoismart.client import Hub
from hanoismart.client.erasures import EVENT
from hanoismart.problems import Problem
from hanoismart.server.miniapp.audiences import WithHub
from hanoismart.server.miniapp.declaration import Backend
from hanoismart.server.miniapp.verification import Verifier
from hanoismart.server.routing import Router
from hanoismart.text import Text

PATH = "/hs/webhook"


class WebhookRefused(Problem):
    code = "miniapp.webhook_refused"
    status = 401
    title = Text(vi="Chữ ký webhook không hợp lệ", en="The webhook's signature is not valid")


def receiver(miniapp: Backend) -> Router:
    """The router of `POST /hs/webhook`; a type nobody hears is accepted and forgotten, so that the hub stops sending it."""
    router = Router(tags=["hub"])

    @router.post(PATH, audience=WithHub(), status_code=204, problems=[WebhookRefused], include_in_schema=False)
    async def hear(request: Request) -> None:
        runtime = request.scope["runtime"]
        parts = runtime.parts
        verifier: Verifier = parts["verifier"]
        keys = (await verifier.keys()).values()
        try:
            received = webhooks.verify(request.headers, await request.body(), now=clock.now(), keys=keys, secrets=parts["webhook_secrets"])
        except webhooks.WebhookRefused as refused:
            raise WebhookRefused(step=refused.step) from refused
        handler = miniapp.heard.get(received.type)
        if handler is None:
            return
        async with runtime.database.transaction() as session:
            if await miniapp.first(session, f"webhook:{received.id}"):
                await handler(session, received)
        # After the commit, for only then it is erased; a hub that is away sends the message again, and hears of it then.
        if received.type == EVENT and miniapp.confirm_erasures:
            hub: Hub = parts["hub"]
            await hub.erasures.confirm_heard(received.data)

    return router
