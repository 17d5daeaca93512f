"""How usage is told: numbers of calls as they are, numbers of people only where they are many enough."""

from datetime import date, datetime

from hanoismart.server.schemas import Out
from plugins.analytics.policies import percentile, told
from plugins.analytics.queries import Usage


class UsageOut(Out):
    """`errors` are calls the backend failed (5xx, unreachable, too slow); `refused` those the gateway turned away.

    `p50_ms` and `p95_ms` are estimated from buckets of times. `opens` and `people` are null where fewer than ten people came.
    """

    calls: int
    errors: int
    refused: int
    received_bytes: int
    p50_ms: int | None
    p95_ms: int | None
    opens: int | None
    people: int | None


class DayOut(UsageOut):
    day: date


class FunnelOut(Out):
    """How often the app asked for consent, and how often it was given; null where it is fewer than ten times."""

    asked: int | None
    agreed: int | None


class AnalyticsOut(Out):
    """Days are of UTC; days without anything are left out."""

    first: date
    last: date
    total: UsageOut
    consent: FunnelOut
    days: list[DayOut]


class LogOut(Out):
    """One passage through the gateway; `code` says why it was refused or failed. Sizes in bytes."""

    at: datetime
    version_code: int
    method: str
    status: int
    code: str | None
    milliseconds: int
    sent: int
    received: int


def analytics_out(first: date, last: date, whole: Usage, days: dict[date, Usage]) -> AnalyticsOut:
    return AnalyticsOut(
        first=first,
        last=last,
        total=UsageOut(**_usage(whole)),
        consent=FunnelOut(asked=told(whole.asked), agreed=told(whole.agreed) if told(whole.asked) is not None else None),
        days=[DayOut(day=day, **_usage(usage)) for day, usage in days.items()],
    )


def _usage(usage: Usage) -> dict[str, int | None]:
    people = told(usage.people)
    return {
        "calls": usage.calls,
        "errors": usage.failed,
        "refused": usage.refused,
        "received_bytes": usage.received,
        "p50_ms": percentile(usage.buckets, 0.5),
        "p95_ms": percentile(usage.buckets, 0.95),
        "opens": usage.opens if people is not None else None,
        "people": people,
    }
