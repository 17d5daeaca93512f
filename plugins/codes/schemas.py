"""What codes are asked for with, and what they open."""

from typing import Annotated

from pydantic import StringConstraints

from hanoismart.server.schemas import In, Line, Out


class CodeIn(In):
    scope: Line


class CodeOut(Out):
    """Hand the code to the app's backend; it works once, within `expires_in` seconds."""

    code: str
    expires_in: int


class RedeemIn(In):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,100}$")]


class RedeemOut(Out):
    """`values` is empty where the person has no such attribute."""

    sub: str
    scope: str
    values: dict[str, str]
