"""A person's own room in an app, for the host that brings its page's calls, and for the app's backend."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from kernel.access import Caller, CallerDep, Client, Person
from plugins.capabilities.consenting import PersonUnknown, reached
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId
from plugins.storage import service
from plugins.storage.schemas import EntriesIn, Key, SizeOut, StorageOut, ValueIn, ValueOut
from plugins.storage.service import KeyNotFound, NeverOpened, StorageFull, ValueRefused, ValueTooLarge

router = Router(tags=["miniapps"])
KeyPath = Annotated[Key, Path(description="1 to 128 visible ASCII characters")]
Sub = Annotated[str, Path(min_length=1, max_length=80)]
Keys = Annotated[list[str] | None, Query(max_length=100, description="the keys whose values are wanted")]
PAGE = [AppNotFound, AppSuspended]
BACKEND = [AppNotFound, AppSuspended, PersonUnknown]
WRITING = [NeverOpened, StorageFull, ValueTooLarge, ValueRefused]
SCOPE = "backend.storage"


async def _mine(session: AsyncSession, app_id: str, caller: Caller) -> tuple[str, UUID]:
    return (await serving.served(session, app_id, person_id=caller.person)).app_id, caller.person


async def _theirs(session: AsyncSession, caller: Caller, sub: str) -> tuple[str, UUID]:
    person = await reached(session, caller, sub)
    return person.app.app_id, person.person_id


async def _held(session: AsyncSession, whose: tuple[str, UUID], keys: list[str] | None) -> StorageOut:
    held = await service.info(session, *whose)
    values = await service.read(session, *whose, keys) if keys else {}
    return StorageOut(keys=held.keys, size=held.size, limit=held.limit, values=values)


async def _one(session: AsyncSession, whose: tuple[str, UUID], key: str) -> ValueOut:
    found = await service.read(session, *whose, [key])
    if key not in found:
        raise KeyNotFound
    return ValueOut(value=found[key])


@router.get("/v1/miniapps/{app_id}/storage", audience=Person(), response_model=StorageOut, problems=PAGE)
async def read_storage(app_id: AppId, session: Session, caller: CallerDep, key: Keys = None) -> Any:
    """What an app keeps for me: its keys and their size, and the values of the keys that are named."""
    return await _held(session, await _mine(session, app_id, caller), key)


@router.put("/v1/miniapps/{app_id}/storage", audience=Person(), response_model=SizeOut, problems=[*PAGE, *WRITING])
async def write_storage(app_id: AppId, body: EntriesIn, session: Session, caller: CallerDep) -> SizeOut:
    """Keep several values at once."""
    return SizeOut(size=await service.write(session, *await _mine(session, app_id, caller), body.entries))


@router.get("/v1/miniapps/{app_id}/storage/{key}", audience=Person(), response_model=ValueOut, problems=[*PAGE, KeyNotFound])
async def read_stored(app_id: AppId, key: KeyPath, session: Session, caller: CallerDep) -> ValueOut:
    """One value."""
    return await _one(session, await _mine(session, app_id, caller), key)


@router.put("/v1/miniapps/{app_id}/storage/{key}", audience=Person(), response_model=SizeOut, problems=[*PAGE, *WRITING])
async def write_stored(app_id: AppId, key: KeyPath, body: ValueIn, session: Session, caller: CallerDep) -> SizeOut:
    """Keep one value."""
    return SizeOut(size=await service.write(session, *await _mine(session, app_id, caller), {key: body.value}))


@router.delete("/v1/miniapps/{app_id}/storage/{key}", audience=Person(), response_model=SizeOut, problems=PAGE)
async def remove_stored(app_id: AppId, key: KeyPath, session: Session, caller: CallerDep) -> SizeOut:
    """Forget one value; one that is not there is fine."""
    return SizeOut(size=await service.remove(session, *await _mine(session, app_id, caller), [key]))


@router.get("/v1/backend/storage/{sub}", audience=Client(scope=SCOPE), response_model=StorageOut, problems=BACKEND)
async def read_person_storage(sub: Sub, session: Session, caller: CallerDep, key: Keys = None) -> Any:
    """What my app keeps for a person."""
    return await _held(session, await _theirs(session, caller, sub), key)


@router.get("/v1/backend/storage/{sub}/{key}", audience=Client(scope=SCOPE), response_model=ValueOut, problems=[*BACKEND, KeyNotFound])
async def read_person_stored(sub: Sub, key: KeyPath, session: Session, caller: CallerDep) -> ValueOut:
    """One value my app keeps for a person."""
    return await _one(session, await _theirs(session, caller, sub), key)


@router.put("/v1/backend/storage/{sub}/{key}", audience=Client(scope=SCOPE), response_model=SizeOut, problems=[*BACKEND, *WRITING])
async def write_person_stored(sub: Sub, key: KeyPath, body: ValueIn, session: Session, caller: CallerDep) -> SizeOut:
    """Keep one value for a person."""
    return SizeOut(size=await service.write(session, *await _theirs(session, caller, sub), {key: body.value}))


@router.delete("/v1/backend/storage/{sub}/{key}", audience=Client(scope=SCOPE), response_model=SizeOut, problems=BACKEND)
async def remove_person_stored(sub: Sub, key: KeyPath, session: Session, caller: CallerDep) -> SizeOut:
    """Forget one value of a person."""
    return SizeOut(size=await service.remove(session, *await _theirs(session, caller, sub), [key]))
