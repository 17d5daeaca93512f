"""What opening an app takes and gives."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import In, Line, Out


class ActForIn(In):
    """Whom to act for: one of GET /v1/me/mandates."""

    kind: Literal["organisation", "ward", "delegator"]
    id: UUID


class LaunchIn(In):
    act_for: ActForIn | None = None
    start_param: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None


class OpenedOut(Out):
    app_id: str
    version_code: int
    ui: str
    start_page: str
    start_param: str | None
    launch_token: str
    launch_grammar: str
    launch_expires_in: int
    access_token: str
    expires_in: int
    scopes: list[str]
    gateway: str
    page_base: str
    frame_origin: str


class AnswerIn(In):
    scope: Line
    purpose_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ConsentIn(In):
    """What the person ticked, and what they left unticked after it was shown."""

    granted: Annotated[list[AnswerIn], Field(max_length=30)] = Field(default_factory=list)
    declined: Annotated[list[AnswerIn], Field(max_length=30)] = Field(default_factory=list)


class ConsentOut(Out):
    app_id: str
    agreed: list[str]
