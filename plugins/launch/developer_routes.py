"""What a developer may ask about launches of their own app: which check fails, and a new secret for Telegram's grammar."""

from typing import Annotated

from pydantic import StringConstraints

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, Out
from kernel.access import CallerDep, Person
from kernel.audit import record
from plugins.developers.policies import developer_of
from plugins.launch import examining
from plugins.launch.examining import Examined
from plugins.launch.telegram import renew_secret
from plugins.registry.problems import AppNotFound
from plugins.registry.routes import AppId

router = Router(tags=["developers"])


class LaunchDataIn(In):
    """`raw` is the launch data exactly as the page got it."""

    app_id: Line
    raw: Annotated[str, StringConstraints(min_length=1, max_length=8192, strip_whitespace=False)]


class TitleOut(Out):
    vi: str
    en: str


class ExaminedOut(Out):
    """`step` is the check that failed, null where all held; `unknown` are pairs that were checked but mean nothing to this version."""

    holds: bool
    grammar: str
    step: str | None
    title: TitleOut | None
    detail: str
    said: dict[str, str | int | list[str] | None]
    unknown: dict[str, str]


class SecretOut(Out):
    """Shown this once."""

    app_secret: str
    app_num: int


@router.post("/v1/dev/verify-launch", audience=Person(), response_model=ExaminedOut, problems=[AppNotFound])
async def verify_launch(body: LaunchDataIn, session: Session, caller: CallerDep) -> ExaminedOut:
    """Check launch data of my app as its backend has to, without spending it, and name the step that fails."""
    found: Examined = await examining.examine(session, await developer_of(session, caller, body.app_id), body.raw)
    return ExaminedOut(
        holds=found.step is None,
        grammar=found.grammar,
        step=found.step,
        title=None if found.title is None else TitleOut(vi=found.title.vi, en=found.title.en),
        detail=found.detail,
        said=dict(found.said),
        unknown=dict(found.unknown),
    )


@router.post("/v1/dev/apps/{app_id}/launch-secret", audience=Person(), response_model=SecretOut, status_code=201, problems=[AppNotFound])
async def renew_launch_secret(app_id: AppId, session: Session, caller: CallerDep) -> SecretOut:
    """A new app secret, and with it the app's number; launch data made with the old secret ends at once."""
    app = await developer_of(session, caller, app_id)
    secret = await renew_secret(session, app.app_id)
    await record(session, actor=caller.subject, action="miniapp.launch_secret_renewed", subject=f"miniapp:{app.app_id}", facts={})
    return SecretOut(app_secret=secret, app_num=app.num)
