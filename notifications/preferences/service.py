"""Reads and changes a person's matrix of categories and channels."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from notifications.preferences.categories import RULES, Category, Channel
from notifications.preferences.models import Preference

Matrix = dict[tuple[Category, Channel], bool]


class CategoryMandatory(Problem):
    code = "notifications.category_mandatory"
    status = 422
    title = Text(vi="Không thể tắt loại thông báo bắt buộc", en="This category of notifications cannot be muted")


async def matrix(session: AsyncSession, person_id: UUID) -> Matrix:
    """Every category on every channel: the person's decision, or the default."""
    rows = await session.execute(
        select(Preference.category, Preference.channel, Preference.enabled).where(Preference.person_id == person_id)
    )
    decided = {(row.category, row.channel): row.enabled for row in rows}
    return {
        (category, channel): rule.mandatory or decided.get((category, channel), rule.default_on)
        for category, rule in RULES.items()
        for channel in Channel
    }


async def wants(session: AsyncSession, person_id: UUID, category: Category, channel: Channel) -> bool:
    return (await matrix(session, person_id))[category, channel]


async def decide(session: AsyncSession, person_id: UUID, decisions: Mapping[tuple[Category, Channel], bool]) -> None:
    """Keep the decisions. Raises CategoryMandatory."""
    for (category, channel), enabled in decisions.items():
        if RULES[category].mandatory and not enabled:
            raise CategoryMandatory(category=category.value)
        row = insert(Preference).values(person_id=person_id, category=category, channel=channel, enabled=enabled, changed_at=now())
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["person_id", "category", "channel"],
                set_={"enabled": row.excluded.enabled, "changed_at": row.excluded.changed_at},
            )
        )
