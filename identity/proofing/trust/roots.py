"""The trust store in a process's memory: what the database holds, looked at again every half minute, beside what development adds."""

from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.proofing.chip.trust import TrustStore, TrustStoreInvalidError
from identity.proofing.trust import service
from identity.proofing.trust.models import TrustCertificate, TrustRevocationList

EVERY = timedelta(seconds=30)
log = structlog.get_logger()
DAYS_LEFT = Gauge("hanoismart_trust_days_left", "Days until the first root or revocation list of a country ends", ["country", "what"])


class Roots:
    """`beside`: roots that count without a row (the specimen countries of development)."""

    def __init__(self, beside: TrustStore | None = None) -> None:
        self._beside = beside or TrustStore()
        self._store = self._beside
        self._mark: tuple[object, ...] | None = None
        self._read_at: datetime | None = None

    async def current(self, session: AsyncSession) -> TrustStore:
        """The store as it was at most half a minute ago."""
        if self._read_at is not None and now() - self._read_at < EVERY and now() >= self._read_at:
            return self._store
        mark = await service.mark(session)
        if mark != self._mark:
            self._store = self._beside.merged(await load(session))
            self._mark = mark
        self._read_at = now()
        return self._store


async def load(session: AsyncSession) -> TrustStore:
    """The store of the rows. A list whose root was taken out since counts for nothing, and says so in the log."""
    anchors: dict[str, list[bytes]] = {}
    for row in await session.scalars(select(TrustCertificate).order_by(TrustCertificate.not_before)):
        anchors.setdefault(row.country, []).append(row.encoded)
        _show(row.country, "certificate", row.not_after)
    store = TrustStore.build(anchors)
    for listed in await session.scalars(select(TrustRevocationList)):
        try:
            own = TrustStore.build({listed.country: anchors.get(listed.country, [])}, {listed.country: [listed.encoded]})
        except TrustStoreInvalidError:
            log.warning("trust.list_without_root", country=listed.country, fingerprint=listed.fingerprint)
            continue
        store = TrustStore(store.anchors, {**store.revocations, **store.merged(TrustStore({}, own.revocations)).revocations})
        _show(listed.country, "revocation_list", listed.next_update)
    return store


def _show(country: str, what: str, until: datetime | None) -> None:
    if until is not None:
        DAYS_LEFT.labels(country, what).set((until - now()).days)
