"""The developer portal's dashboard and log."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from kernel.access import CallerDep, Person
from plugins.analytics import queries
from plugins.analytics.schemas import AnalyticsOut, LogOut, analytics_out
from plugins.developers.policies import developer_of
from plugins.gateway.models import PassageRow
from plugins.registry.problems import AppNotFound

router = Router(tags=["developers"])
AppId = Annotated[str, Path(max_length=128)]
LONGEST = timedelta(days=92)
USUAL = timedelta(days=6)


class DaysRefused(Problem):
    code = "analytics.days_refused"
    status = 422
    title = Text(vi="Khoảng ngày không hợp lệ, tối đa 92 ngày", en="The range of days is not valid, 92 at most")


@router.get("/v1/dev/apps/{app_id}/analytics", audience=Person(), response_model=AnalyticsOut, problems=[AppNotFound, DaysRefused])
async def read_analytics(
    app_id: AppId,
    session: Session,
    caller: CallerDep,
    first: Annotated[date | None, Query(alias="from", description="first day (UTC); without it the last seven days")] = None,
    last: Annotated[date | None, Query(alias="to", description="last day (UTC); without it today")] = None,
) -> AnalyticsOut:
    """How an app is used: calls, errors, times, the funnel of consent; people only where ten came."""
    await developer_of(session, caller, app_id)
    until = last or now().date()
    since = first or until - USUAL
    if not timedelta() <= until - since < LONGEST:
        raise DaysRefused
    return analytics_out(since, until, *await queries.usage(session, app_id, since, until))


@router.get("/v1/dev/apps/{app_id}/logs", audience=Person(), response_model=ListOut[LogOut], problems=[AppNotFound])
async def list_logs(
    app_id: AppId,
    session: Session,
    caller: CallerDep,
    page: Paging,
    since: Annotated[AwareDatetime | None, Query(description="not before; a week back at most")] = None,
    errors: Annotated[bool, Query(description="only what was refused or failed")] = False,  # noqa: FBT002 (a query parameter)
) -> Page[LogOut]:
    """Calls through the gateway of the last seven days, the newest first; nothing in them is about a person."""
    await developer_of(session, caller, app_id)
    found = await paginate(session, queries.logs(app_id, since, errors=errors), [PassageRow.at, PassageRow.id], page)
    return Page([LogOut.model_validate(one) for one in found.items], found.next)
