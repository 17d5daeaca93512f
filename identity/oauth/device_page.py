"""The screen a person types a device's code on; what follows is an ordinary authorization that names the code again."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth import cookies, device_grant
from identity.pages.render import page


def show(request: Request, query: Mapping[str, str], *, refused: bool = False) -> Response:
    """A code in the link is only filled in: the person compares it with the device and sends it themselves."""
    interaction = cookies.interaction(request) or cookies.new_interaction()
    response = page(
        request,
        "device.html",
        status=403 if refused else 200,
        user_code=query.get("user_code", "")[:20],
        interaction=interaction,
        refused=refused,
    )
    cookies.keep_interaction(response, interaction)
    return response


async def submit(session: AsyncSession, request: Request, form: Mapping[str, str]) -> Response:
    """On to the authorization, or the page again."""
    if not cookies.same_interaction(request, form.get("interaction")):
        return show(request, form, refused=True)
    found = await device_grant.typed(session, form.get("user_code", ""))
    if found is None:
        return show(request, {}, refused=True)
    client, reference = found
    query = urlencode({"client_id": client.client_id, "request_uri": reference})
    return RedirectResponse(f"/oauth/authorize?{query}", status_code=303, headers={"Cache-Control": "no-store"})
