"""What the screen of agreement posts: the boxes the person ticked, or that they refused."""

from collections.abc import Mapping

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth import authorization, consent_page, interaction
from identity.oauth.errors import InvalidRequest, OAuthError
from identity.oauth.wishes import SIGN_IN, wishes_of
from identity.pages.render import page


async def submit(session: AsyncSession, request: Request, form: Mapping[str, str]) -> Response:
    """On to the client, with what was agreed to; the person must still be the one the page named."""
    try:
        client, asked = await interaction.posted(session, request, form)
        signed_in = await interaction.signed_in(session, request)
        if signed_in is None or str(signed_in.id) != form.get("session_id") or not await authorization.suffices(session, asked, signed_in):
            raise InvalidRequest("the sign-in of this page has ended")
    except OAuthError as refused:
        return page(request, "error.html", status=400, error=refused.error)
    if form.get("action") != "allow":
        return authorization.answered(request, await authorization.refuse(session, asked, "access_denied"))
    if (error := await authorization.stands_against(session, client, asked, signed_in, must_ask=True)) is not None:
        return authorization.answered(request, await authorization.refuse(session, asked, error))
    wishes = await consent_page.agree(session, client, await wishes_of(session, client, asked, signed_in), signed_in, form)
    if SIGN_IN not in wishes.agreed:
        return page(request, "consent_waiting.html", form_targets="")
    return authorization.answered(request, await authorization.complete(session, asked, signed_in, wishes))
