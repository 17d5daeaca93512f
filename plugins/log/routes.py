"""The log, open to anybody: its head, its proofs and its entries."""

from typing import Annotated

from fastapi import Path, Query

from hanoismart import transparency
from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut, Out
from plugins.log import service
from plugins.log.models import LogLeaf
from plugins.log.problems import NotLogged, ProofImpossible

router = Router(tags=["registry log"])
Size = Annotated[int, Query(ge=0, le=2**62, description="leaves of the tree the proof leads to")]


class CheckpointOut(Out):
    """`signature` is a compact JWS (Ed25519, `typ: hs-log+jws`) over issuer, size, root and time."""

    size: int
    root: str
    at: str
    signature: str


class ProofOut(Out):
    """Hashes in hex, from the leaf upwards (RFC 6962, section 2.1)."""

    size: int
    hashes: list[str]


class InclusionOut(ProofOut):
    position: int
    entry: str
    leaf: str
    countersignature: str | None


class EntryOut(Out):
    position: int
    entry: str


@router.get("/v1/registry/log/checkpoint", audience=Anyone(), response_model=CheckpointOut)
async def read_checkpoint(session: Session) -> CheckpointOut:
    """How large the log is, its root, and our signature."""
    said, signature = await service.checkpoint(session)
    return CheckpointOut(size=said.size, root=said.root.hex(), at=said.at.isoformat(), signature=signature)


@router.get(
    "/v1/registry/log/proof/inclusion/{app_id}/{version_code}",
    audience=Anyone(),
    response_model=InclusionOut,
    problems=[NotLogged, ProofImpossible],
)
async def prove_inclusion(
    app_id: Annotated[str, Path(max_length=128)], version_code: Annotated[int, Path(ge=1, lt=2**31)], size: Size, session: Session
) -> InclusionOut:
    """That a version stands in the tree of `size` leaves."""
    leaf = await service.leaf_of(session, app_id, version_code)
    if leaf is None:
        raise NotLogged
    hashes = await service.inclusion(session, leaf.position, size)
    return InclusionOut(
        size=size,
        position=leaf.position,
        entry=leaf.entry.decode(),
        leaf=transparency.leaf_hash(leaf.entry).hex(),
        hashes=[one.hex() for one in hashes],
        countersignature=await service.countersignature(session, leaf.version_id),
    )


@router.get("/v1/registry/log/proof/consistency", audience=Anyone(), response_model=ProofOut, problems=[ProofImpossible])
async def prove_consistency(first: Size, second: Size, session: Session) -> ProofOut:
    """That the tree of `first` leaves is the beginning of the tree of `second`."""
    hashes = await service.consistency(session, first, second)
    return ProofOut(size=second, hashes=[one.hex() for one in hashes])


@router.get("/v1/registry/log/entries", audience=Anyone(), response_model=ListOut[EntryOut])
async def list_log_entries(session: Session, page: Paging) -> Page[EntryOut]:
    """Every entry, the first one first."""
    found = await paginate(session, service.entries(), [LogLeaf.position], page, newest_first=False)
    return Page([EntryOut(position=row.position, entry=row.entry.decode()) for row in found.items], found.next)
