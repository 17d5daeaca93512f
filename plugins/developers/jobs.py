"""Looks again at proofs of domains, for domains change hands."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.audit import record
from kernel.jobs import jobs
from plugins.developers import domains
from plugins.developers.models import DomainProof, ProofState

AGAIN: Final = timedelta(days=30)
BATCH: Final = 50


@jobs.steps("plugins.look_at_domains", lane="bulk")
async def look_at_domains(run: Run) -> None:
    """A proof that is gone has lapsed: apps keep their names, new names wait for a new proof."""
    async with run.database.session() as session:
        old = DomainProof.checked_at < now() - AGAIN
        due = select(DomainProof).where(DomainProof.state == ProofState.VERIFIED, old).order_by(DomainProof.checked_at).limit(BATCH)
        waiting = [(one.organisation_id, one.domain, domains.dns_value(one)) for one in await session.scalars(due)]
    for organisation_id, domain, expected in waiting:
        found = not domains.everybodys(domain) and await domains.look(domain, expected)  # the list of suffixes grows
        async with run.database.transaction() as session:
            proof = await domains.find(session, organisation_id, domain)
            proof.checked_at = now()
            if not found and proof.state is ProofState.VERIFIED:
                proof.state = ProofState.LAPSED
                subject, facts = f"organisation:{organisation_id}", {"domain": domain}
                await record(session, actor="system:plugins", action="developer.domain_lapsed", subject=subject, facts=facts)


jobs.every("41 4 * * *", "plugins.look_at_domains")
