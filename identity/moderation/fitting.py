"""Whether a verdict fits its case: the rule, the rung of the ladder, the days, and what the decree asks for."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation import ladder, rules, sanctions
from identity.moderation.authorities.models import AuthorityRequest
from identity.moderation.kinds import ACCOUNT
from identity.moderation.models import Case, Restriction
from identity.moderation.rules import RuleInForce
from identity.moderation.verdicts import Verdict

MOST_DAYS = 365


class VerdictRefused(Problem):
    code = "moderation.verdict_refused"
    status = 422
    title = Text(vi="Quyết định này không hợp lệ cho hồ sơ", en="This decision does not fit the case")


async def require(session: AsyncSession, case: Case, verdict: Verdict) -> None:
    """Raises RuleUnknown, VerdictRefused."""
    rule = await rules.in_force(session, verdict.rule_set, verdict.rule_key)
    if rule.rule_set in rules.INTERNAL:
        raise rules.RuleUnknown
    restriction = Restriction(verdict.restriction)
    timed = restriction in sanctions.TIMED
    if timed and case.owner_id is None:
        raise VerdictRefused(Text(vi="Nội dung này không thuộc về ai để khóa", en="This belongs to nobody who could be locked"))
    if not timed and verdict.days is not None:
        raise VerdictRefused(Text(vi="Biện pháp này không có thời hạn", en="This measure has no duration"))
    if timed and restriction is not Restriction.LOCK and verdict.days is None:
        raise VerdictRefused(Text(vi="Biện pháp này phải có thời hạn", en="This measure needs a duration"))
    if restriction is Restriction.REMOVE and case.subject_kind == ACCOUNT:
        raise VerdictRefused(Text(vi="Không thể gỡ một tài khoản, chỉ có thể khóa", en="An account is locked, not removed"))
    _days(rule, verdict)
    await _decree(session, case, rule, verdict)


def _days(rule: RuleInForce, verdict: Verdict) -> None:
    least, most = int(rule.parameters.get("least_days", 1)), int(rule.parameters.get("most_days", MOST_DAYS))
    if verdict.days is not None and not least <= verdict.days <= most:
        raise VerdictRefused(
            Text(vi="Quy tắc này cho phép khóa từ {least} đến {most} ngày", en="This rule allows a lock of {least} to {most} days").format(
                least=least, most=most
            )
        )


async def _decree(session: AsyncSession, case: Case, rule: RuleInForce, verdict: Verdict) -> None:
    """Decree 147/2024 Art. 23(5), 35(7): the windows of a temporary lock, and the demand behind one for good."""
    demand = await _demand(session, case, verdict)
    if rule.rule_set != rules.DECREE or verdict.restriction != Restriction.LOCK:
        return
    found = await ladder.history(session, case.owner_id)
    if rule.key == "temporary_lock" and not ladder.within_windows(found, rule.parameters):
        raise VerdictRefused(
            Text(vi="Số lần vi phạm chưa đến mức khóa theo nghị định", en="There are too few violations for a lock under the decree")
        )
    if rule.key == "permanent_lock":
        severe = case.reason == "national_security" or found.temporary_locks >= int(rule.parameters["temporary_locks"])
        if demand is None or not severe:
            raise VerdictRefused(
                Text(
                    vi="Khóa vĩnh viễn theo nghị định cần yêu cầu của cơ quan có thẩm quyền và đủ điều kiện",
                    en="A lock for good under the decree needs an authority's demand and its conditions",
                )
            )


async def _demand(session: AsyncSession, case: Case, verdict: Verdict) -> AuthorityRequest | None:
    if verdict.authority_request_id is None:
        return None
    found = await session.get(AuthorityRequest, UUID(verdict.authority_request_id))
    if found is None or (found.subject_kind, found.subject_id) != (case.subject_kind, case.subject_id):
        raise VerdictRefused(Text(vi="Yêu cầu này không thuộc hồ sơ", en="This demand is about something else"))
    return found
