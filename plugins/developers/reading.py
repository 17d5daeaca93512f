"""Apps and versions as their developers see them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from plugins.developers.apps import Head
from plugins.developers.schemas import DeveloperAppOut, OpinionOut, RoundOut, VersionDetailOut, VersionOut
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.review import service as reviews


def app_out(app: MiniApp, versions: Sequence[Version | Head]) -> DeveloperAppOut:
    """`versions`: the newest first."""
    live = next((one.code for one in versions if one.state is VersionState.LIVE), None)
    canary = next((one for one in versions if one.state is VersionState.CANARY), None)
    return DeveloperAppOut(
        app_id=app.app_id,
        organisation_id=app.organisation_id,
        status=app.status.value,
        reason_vi=app.status_reason_vi,
        reason_en=app.status_reason_en,
        appeal_until=app.appeal_until,
        live=live,
        canary=canary.code if canary else None,
        canary_percent=canary.canary_percent if canary else None,
        latest=versions[0].code if versions else None,
        backend_url=app.backend_url,
        created_at=app.created_at,
    )


def version_out(version: Version) -> VersionOut:
    return VersionOut(
        app_id=version.app_id,
        code=version.code,
        name=version.name,
        state=version.state,
        state_since=version.state_since,
        digest=f"sha256-{version.digest.hex()}",
        kid=version.kid,
        canary_percent=version.canary_percent,
        notes=version.notes,
        created_at=version.created_at,
        report_url=f"/v1/dev/apps/{version.app_id}/versions/{version.code}/report",
    )


async def version_detail(session: AsyncSession, version: Version) -> VersionDetailOut:
    """With every round of review: clocks, rules and notes, but no reviewer's name."""
    rounds = []
    for one in await reviews.rounds(session, version.id):
        said = [OpinionOut.model_validate(each) for each in await reviews.opinions(session, one.id)]
        rounds.append(
            RoundOut(
                round=one.round,
                needed=one.needed,
                sensitive=one.sensitive,
                opened_at=one.opened_at,
                due_at=one.due_at,
                outcome=one.outcome.value if one.outcome else None,
                decided_at=one.decided_at,
                appeal=one.appeal,
                opinions=said,
            )
        )
    return VersionDetailOut(**version_out(version).model_dump(), rounds=rounds)
