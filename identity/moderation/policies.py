"""Who may work on what, decided without a database."""

import re
from collections.abc import Collection
from uuid import UUID

from hanoismart.problems import Problem
from hanoismart.text import Text

_NUMBERS = re.compile(r"\+?\d(?:[ .-]?\d){7,}")
_ADDRESSES = re.compile(r"[^\s@,;:]+@[^\s@,;:]+\.\w+")
_HIDDEN = "•••"


class OwnCase(Problem):
    code = "moderation.own_case"
    status = 403
    title = Text(vi="Không được xử lý hồ sơ liên quan đến chính mình", en="Nobody works on a case of their own")


class OwnJudgement(Problem):
    code = "moderation.own_judgement"
    status = 403
    title = Text(
        vi="Người đã ra quyết định không được xét khiếu nại về quyết định đó", en="Nobody judges an appeal against their own decision"
    )


class SameEyes(Problem):
    code = "moderation.same_eyes"
    status = 403
    title = Text(vi="Cần một người khác phê duyệt", en="Somebody else has to approve this")


def can_work_on(person: UUID, owner: UUID | None, reporters: Collection[UUID]) -> bool:
    """A case is worked on by somebody who neither owns the subject nor reported it."""
    return person != owner and person not in reporters


def can_judge(person: UUID, proposed_by: UUID, approved_by: UUID | None, owner: UUID) -> bool:
    """An appeal is judged by somebody who neither proposed nor approved the decision, nor is the owner."""
    return person not in {proposed_by, approved_by, owner}


def can_approve(person: UUID, proposed_by: UUID, owner: UUID | None) -> bool:
    """Four eyes: the second pair is another person's."""
    return person not in {proposed_by, owner}


def masked(text: str) -> str:
    """The text with telephone, identity and account numbers and e-mail addresses hidden, as staff see it."""
    return _ADDRESSES.sub(_HIDDEN, _NUMBERS.sub(_HIDDEN, text))


def masked_name(name: str) -> str:
    """The first letter of every part of a name."""
    return " ".join(f"{part[0]}{_HIDDEN}" for part in name.split())
