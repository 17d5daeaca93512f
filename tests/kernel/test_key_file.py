"""Keys rotate while processes run: old values stay readable, and an old key goes only when nothing needs it any more."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cli import secrets
from app.composition import compose
from hanoismart.server.database import Database
from hanoismart.server.paging import CursorInvalid
from hanoismart.server.sealing import CannotOpen
from identity.api import rotation
from identity.clients import service as clients
from identity.oauth import dpop
from identity.people import uniqueness, vault
from identity.people.models import Attribute, PersonIndex, PersonKey
from kernel import key_file, resealing
from kernel.sealing import LiveKeyring, blind_index, blind_indexes, current_pepper, keyring
from kernel.settings import development_key, settings
from tests.support.live import until
from tests.support.people import a_person

assert rotation


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "keys" / "keys.json"
    monkeypatch.setenv("HANOISMART_KEYS_FILE", str(path))
    settings.cache_clear()
    yield path
    settings.cache_clear()
    key_file.forget()


def _put_first(path: Path, purpose: str, name: str, *before: str) -> str:
    made = f"{name}:{base64.b64encode(os.urandom(32)).decode()}"
    lines = key_file.load(path) if path.exists() else {}
    key_file.save(path, lines | {purpose: ",".join([made, *before])})
    key_file.forget()
    return made


def test_what_an_old_key_sealed_stays_readable_and_a_broken_file_changes_nothing(keys: Path) -> None:
    live = LiveKeyring()
    old = live.seal(b"old", context=b"row")
    made = _put_first(keys, "sealing", "second", development_key("sealing"))
    assert keyring().current == "second"
    assert live.open(old, context=b"row") == b"old"
    new = live.seal(b"new", context=b"row")
    keys.write_text("{")
    key_file.forget()
    assert keyring().open(new, context=b"row") == b"new"
    assert oct(keys.parent.stat().st_mode & 0o777) == "0o700"
    key_file.save(keys, {"sealing": made})
    key_file.forget()
    with pytest.raises(CannotOpen):
        keyring().open(old, context=b"row")
    keys.write_text(json.dumps({"shoes": made}))
    with pytest.raises(key_file.KeyFileUnreadable):
        key_file.load(keys)


def test_a_nonce_made_before_the_rotation_still_counts(keys: Path) -> None:
    nonce = dpop.nonce()
    _put_first(keys, "nonce", "second", development_key("dpop nonce"))
    assert dpop.nonce_valid(nonce)
    assert dpop.nonce_valid(dpop.nonce())
    key_file.save(keys, {"nonce": f"third:{base64.b64encode(os.urandom(32)).decode()}"})
    key_file.forget()
    assert not dpop.nonce_valid(nonce)


async def test_every_purpose_rotated_by_another_process_is_in_use_without_a_restart(keys: Path, cloned_url: str, redis_url: str) -> None:
    chosen = settings().model_copy(update={"database_url": cloned_url, "redis_url": redis_url})
    process = compose(chosen, application_name="test", hub_in_process=False)
    try:
        cursors, replays, nonce = process.runtime.cursors, process.runtime.replays, dpop.nonce()
        assert replays is not None
        page, sealed, index = cursors.write("list", [1]), keyring().seal(b"x", context=b"row"), blind_index("a", purpose="p")
        await _rotated_elsewhere(keys)

        async def learnt() -> bool:
            return cursors.write("list", [1]) != page

        await until(learnt)
        assert cursors.read("list", page) == [1]  # whoever is turning pages turns on
        assert dpop.nonce_valid(nonce)
        assert dpop.nonce_valid(dpop.nonce())
        assert keyring().open(sealed, context=b"row") == b"x"
        assert keyring().key_id(LiveKeyring().seal(b"x", context=b"row")).startswith("sealing-")
        assert blind_index("a", purpose="p")[0].startswith("index-")
        assert index[1] in blind_indexes("a", purpose="p").values()
        async with process.database.transaction() as session:
            assert (await clients.pairwise(session, await a_person(session), "weather")).startswith("pairwise-")
        newest = {purpose: line.split(",")[0] for purpose, line in key_file.load(keys).items()}
        key_file.save(keys, newest)
        key_file.forget()
        assert cursors.read("list", cursors.write("list", [2])) == [2]
        assert not dpop.nonce_valid(nonce)
        with pytest.raises(CursorInvalid):
            cursors.read("list", page)
    finally:
        await process.close()


async def _rotated_elsewhere(keys: Path) -> None:
    """As an operator does it: this process is told by the file alone."""
    ran = "import sys; from app.cli import main; sys.exit(max(main(['secrets', 'rotate', one, '--spread', '0']) for one in sys.argv[1:]))"
    environment = os.environ | {"HANOISMART_KEYS_FILE": str(keys)}
    rotating = await asyncio.create_subprocess_exec(sys.executable, "-c", ran, *key_file.PURPOSES, env=environment)
    assert await rotating.wait() == 0


async def test_people_are_sealed_and_indexed_anew_and_keep_their_names(committed_db: Database, keys: Path) -> None:
    async with committed_db.transaction() as session:
        lan = await a_person(session)
        await uniqueness.claim(session, lan, uniqueness.citizen("001190000123"))
        await vault.seal(session, lan, {Attribute.IDENTITY_NUMBER: "001190000123", Attribute.ADDRESS: "12 phố Huế"})
        known_as = await clients.pairwise(session, lan, "weather")
    _put_first(keys, "sealing", "second", development_key("sealing"))
    _put_first(keys, "index", "pepper-2", development_key("blind index"))
    _put_first(keys, "pairwise", "pair-2", development_key("pairwise"))
    assert (await resealing.left(committed_db, "development"))["identity.person_key"] == 1
    async with committed_db.session() as session:
        assert await rotation.left(session, "development") == 2  # the person and the telephone
    assert (await resealing.reseal(committed_db))["identity.person_key"] == 1
    assert await rotation.reindex(committed_db) == 1
    assert await rotation.reindex(committed_db) == 0
    assert await resealing.left(committed_db, "development") == {}
    async with committed_db.transaction() as session:
        assert await rotation.left(session, "development") == 0
        assert set(await session.scalars(select(PersonIndex.key_id))) == {"development", current_pepper()}
        await rotation.drop(session, "development")
        assert await uniqueness.holder(session, uniqueness.citizen("001190000123")) == lan
        wrapped = (await session.scalars(select(PersonKey.wrapped))).one()
        assert wrapped is not None
        assert keyring().key_id(wrapped) == "second"
        opened = await vault.open_for_disclosure(session, lan, [Attribute.ADDRESS])
        assert opened == {Attribute.ADDRESS: "12 phố Huế"}
        assert await clients.pairwise(session, lan, "weather") == known_as  # nobody's name changes
        assert (await clients.pairwise(session, await a_person(session), "weather")).startswith("pair-2.")


async def test_the_command_adds_then_uses_and_takes_away_only_what_nothing_needs(
    committed_db: Database, keys: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANOISMART_DATABASE_URL", committed_db.engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    async with committed_db.transaction() as session:
        await a_person(session, phone=False)
    assert await secrets._rotate(keys, "sealing", 0) == 0
    first, second = (part.split(":")[0] for part in key_file.load(keys)["sealing"].split(","))
    assert (first.startswith("sealing-"), second) == (True, "development")
    assert await secrets._retire(keys, "sealing", "development") == 1
    assert await secrets._reseal() == 0
    assert await secrets._retire(keys, "sealing", first) == 1
    assert await secrets._retire(keys, "sealing", "development") == 0
    said = capsys.readouterr().out
    assert "Run `python -m app secrets reseal` first" in said
    assert key_file.load(keys)["sealing"].split(":")[1] not in said
