"""Uploads as tus clients meet them: resumed after a cut, checked, scanned, refused, expired, and handed over once."""

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from hanoismart import clock
from kernel import uploads
from kernel.blobs import BlobMissing
from kernel.uploads import receiving
from kernel.uploads.clamd import open_scanner
from kernel.uploads.models import Upload
from tests.support.clamd import EICAR, FakeClamd, clamd
from tests.support.sockets import listening
from tests.support.uploads import HEADERS, MEBIBYTE, PURPOSE, ZIP, Site


async def test_a_file_in_pieces_arrives_and_is_taken_once(site: Site) -> None:
    content = ZIP + os.urandom(9 * MEBIBYTE)
    path = await site.begun(len(content))
    cut = 5 * MEBIBYTE
    first = await site.patch(path, 0, content[:cut])
    assert (first.status_code, first.headers["upload-offset"], first.headers["tus-resumable"]) == (204, str(cut), "1.0.0")
    assert first.headers["upload-expires"].endswith("GMT")
    with pytest.raises(uploads.UploadUnfinished):
        await site.take(path)
    assert (await site.patch(path, cut, content[cut:])).status_code == 204
    told = (await site.client.get(path)).json()
    assert (told["state"], told["media_type"], told["scanned"]) == ("finished", "application/zip", False)
    finished = await site.take(path)
    assert (finished.size, finished.sha256) == (len(content), hashlib.sha256(content).digest())
    assert await site.blobs.get(finished.key) == content
    assert await site.keys() == [finished.key]
    with pytest.raises(uploads.UploadTaken):
        await site.take(path)
    assert (await site.client.delete(path, headers=HEADERS)).json()["code"] == "uploads.taken"


async def test_what_the_server_speaks(site: Site) -> None:
    site.caller.nobody()
    answer = await site.client.options("/v1/uploads")
    assert (answer.status_code, answer.headers["tus-version"]) == (204, "1.0.0")
    assert answer.headers["tus-extension"] == "creation,checksum,termination,expiration"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
    assert int(answer.headers["tus-max-size"]) >= 20 * MEBIBYTE
    assert (await site.client.post("/v1/uploads", headers=HEADERS)).status_code == 401


async def test_head_tells_where_to_go_on_and_what_was_said(site: Site) -> None:
    path = await site.begun(100)
    answer = await site.client.head(path, headers=HEADERS)
    assert (answer.headers["upload-offset"], answer.headers["upload-length"], answer.headers["cache-control"]) == ("0", "100", "no-store")
    assert answer.headers["upload-metadata"].startswith("purpose ")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "uploads.version_unsupported"),
        ({"Upload-Length": "ten"}, 400, "uploads.length_invalid"),
        ({"Upload-Length": "0"}, 400, "uploads.length_invalid"),
        ({"Upload-Length": str(20 * MEBIBYTE + 1)}, 413, "uploads.too_large"),
        ({"Upload-Metadata": "purpose !!"}, 400, "uploads.metadata_invalid"),
        ({"Upload-Metadata": "purpose dGVzdA==,purpose dGVzdA=="}, 400, "uploads.metadata_invalid"),
        ({"Upload-Metadata": "purpose " + "A" * 1000}, 400, "uploads.metadata_invalid"),
        ({"Upload-Metadata": "purpose dGVzdA=="}, 422, "uploads.purpose_unknown"),
        ({"Upload-Metadata": ""}, 422, "uploads.purpose_unknown"),
    ],
)
async def test_what_cannot_begin(site: Site, change: dict[str, str], status: int, code: str) -> None:
    refused = await site.create(10, **change)
    assert (refused.status_code, refused.json()["code"], refused.headers["tus-resumable"]) == (status, code, "1.0.0")


@pytest.mark.parametrize(
    ("offset", "body", "change", "status", "code"),
    [
        (0, ZIP, {"Tus-Resumable": ""}, 412, "uploads.version_unsupported"),
        (0, ZIP, {"Content-Type": "application/octet-stream"}, 415, "uploads.media_type_wrong"),
        (0, ZIP, {"Upload-Offset": "-1"}, 400, "uploads.offset_invalid"),
        (3, ZIP, {}, 409, "uploads.offset_wrong"),
        (0, b"x" * 11, {}, 413, "uploads.too_large"),
        (0, ZIP, {"Upload-Checksum": "md5 AAAA"}, 400, "uploads.checksum_invalid"),
        (0, ZIP, {"Upload-Checksum": "sha1 AAAA"}, 400, "uploads.checksum_invalid"),
        (0, ZIP, {"Upload-Checksum": "sha1 " + base64.b64encode(bytes(20)).decode()}, 460, "uploads.checksum_wrong"),
    ],
)
async def test_what_is_not_appended(site: Site, offset: int, body: bytes, change: dict[str, str], status: int, code: str) -> None:
    path = await site.begun(10)
    refused = await site.patch(path, offset, body, change)
    assert (refused.status_code, refused.json()["code"], refused.headers["tus-resumable"]) == (status, code, "1.0.0")
    assert await site.offset(path) == 0
    assert await site.keys() == []
    assert (await site.patch(path, 0, ZIP)).status_code == 204  # nobody is locked out by a refusal


async def test_bytes_with_the_right_checksum_count(site: Site) -> None:
    path = await site.begun(8)
    for start, algorithm in ((0, "sha1"), (4, "sha256")):
        digest = base64.b64encode(hashlib.new(algorithm, ZIP).digest()).decode()
        answer = await site.patch(path, start, ZIP, {"Upload-Checksum": f"{algorithm} {digest}"})
        assert answer.status_code == 204, answer.text
    assert (await site.client.get(path)).json()["state"] == "finished"


async def test_somebody_elses_upload_is_not_there(site: Site) -> None:
    path = await site.begun(4)
    site.caller.person(uuid4())
    codes = [
        (await site.patch(path, 0, ZIP)).json()["code"],
        (await site.client.get(path)).json()["code"],
        (await site.client.delete(path, headers=HEADERS)).json()["code"],
    ]
    assert codes == ["uploads.not_found"] * 3
    site.caller.person(site.person)
    await site.patch(path, 0, ZIP)
    with pytest.raises(uploads.UploadNotFound):
        await site.take(path, uuid4())
    with pytest.raises(uploads.UploadNotFound):
        await site.take(path, purpose="another")
    assert (await site.take(path)).size == 4


async def test_a_cut_connection_loses_nothing_that_arrived(site: Site) -> None:
    content = ZIP + os.urandom(6 * MEBIBYTE)
    path = await site.begun(len(content))
    async with listening(site.app) as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        head += f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content[: 5 * MEBIBYTE])
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.transport.abort()
        async with asyncio.timeout(10):
            while (arrived := await site.offset(path)) < 5 * MEBIBYTE:  # noqa: ASYNC110 (another connection's end is awaited)
                await asyncio.sleep(0.05)
            while (answer := await site.patch(path, arrived, content[arrived:])).status_code == 423:  # noqa: ASYNC110 (likewise)
                await asyncio.sleep(0.05)
    assert answer.status_code == 204, answer.text
    assert await site.blobs.get((await site.take(path)).key) == content


async def test_a_sender_that_stops_is_told_and_may_go_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "STALLED_SECONDS", 0.1)
    path = await site.begun(8)

    async def stopped() -> AsyncIterator[bytes]:
        yield ZIP
        await asyncio.sleep(5)

    async with listening(site.app) as url, httpx.AsyncClient(base_url=url) as client:
        headers = HEADERS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        told = await client.patch(path, headers=headers, content=stopped())
    assert (told.status_code, told.json()["code"]) == (408, "uploads.stalled")
    assert await site.offset(path) == 4


async def test_two_writers_at_once(site: Site) -> None:
    path = await site.begun(8 * MEBIBYTE)
    body = ZIP + os.urandom(4 * MEBIBYTE)
    both = await asyncio.gather(site.patch(path, 0, body), site.patch(path, 0, body))
    assert sorted(answer.status_code for answer in both) in ([204, 409], [204, 423])
    assert await site.offset(path) == len(body)


async def test_a_file_is_what_its_bytes_say(site: Site) -> None:
    path = await site.begun(20)
    refused = await site.patch(path, 0, b"<html>".ljust(20), {})
    assert (refused.status_code, refused.json()["code"]) == (422, "uploads.content_refused")
    assert (await site.client.get(path)).json()["refusal"] == "uploads.content_refused"
    assert await site.keys() == []
    assert (await site.patch(path, 20, b"")).json()["code"] == "uploads.content_refused"
    with pytest.raises(uploads.UploadRefused):
        await site.take(path)
    pdf = await site.begun(8)  # a kind we know, but not one of this purpose
    assert (await site.patch(pdf, 0, b"%PDF-1.7")).json()["code"] == "uploads.content_refused"


async def test_malicious_code_is_found_and_thrown_away(site: Site) -> None:
    fake = FakeClamd()
    async with clamd(fake) as url:
        site.parts["scanner"] = open_scanner(url, unscanned=False)
        bad = ZIP + os.urandom(MEBIBYTE) + EICAR
        path = await site.begun(len(bad))
        refused = await site.patch(path, 0, bad)
        assert (refused.status_code, refused.json()["code"]) == (422, "uploads.infected")
        assert await site.keys() == []
        with pytest.raises(uploads.UploadRefused):
            await site.take(path)
        good = await site.begun(4)
        assert (await site.patch(good, 0, ZIP)).status_code == 204
        assert (await site.client.get(good)).json()["scanned"] is True
    assert fake.seen == [len(bad), 4]


async def test_nothing_is_accepted_while_the_scanner_is_away(site: Site) -> None:
    site.parts["scanner"] = open_scanner("tcp://127.0.0.1:1", unscanned=False)
    path = await site.begun(4)
    away = await site.patch(path, 0, ZIP)
    assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "uploads.scanner_away", "30")
    with pytest.raises(uploads.UploadUnfinished):
        await site.take(path)
    site.parts["scanner"] = open_scanner(None, unscanned=False)  # production without a scanner
    assert (await site.patch(path, 4, b"")).json()["code"] == "uploads.scanner_away"
    fake = FakeClamd()
    fake.most = 3
    async with clamd(fake) as url:
        site.parts["scanner"] = open_scanner(url, unscanned=False)
        assert (await site.patch(path, 4, b"")).json()["code"] == "uploads.scanner_away"  # it did not look at all of it
        fake.most = 100
        assert (await site.patch(path, 4, b"")).status_code == 204
    assert (await site.take(path)).scanned


def test_a_scanners_address_is_tcp_or_a_socket() -> None:
    for wrong in ("http://localhost", "tcp://", "clamd"):
        with pytest.raises(ValueError, match="scanner"):
            open_scanner(wrong, unscanned=True)


async def test_a_person_has_so_many_uploads_and_bytes_under_way(site: Site) -> None:
    first = await site.begun(20 * MEBIBYTE)
    await site.begun(20 * MEBIBYTE)
    assert (await site.create(6 * MEBIBYTE)).json()["code"] == "uploads.too_many"
    await site.begun(MEBIBYTE)
    assert (await site.create(1)).json()["code"] == "uploads.too_many"
    assert (await site.client.delete(first, headers=HEADERS)).status_code == 204
    together = await asyncio.gather(*(site.create(1) for _ in range(4)))
    assert sorted(answer.status_code for answer in together) == [201, 429, 429, 429]
    site.caller.person(uuid4())
    assert (await site.create(1)).status_code == 201


async def test_a_terminated_upload_leaves_nothing(site: Site) -> None:
    path = await site.begun(8)
    await site.patch(path, 0, ZIP)
    assert len(await site.keys()) == 1
    assert (await site.client.delete(path, headers=HEADERS)).status_code == 204
    assert await site.keys() == []
    assert (await site.client.head(path, headers=HEADERS)).status_code == 404


async def test_what_is_over_is_gone_and_purged(site: Site) -> None:
    path, done = await site.begun(8), await site.begun(4)
    await site.patch(path, 0, ZIP)
    await site.patch(done, 0, ZIP)
    finished = await site.take(done)
    await site.purge()
    assert await site.blobs.get(finished.key) == ZIP
    with clock.use(clock.FixedClock(clock.now() + timedelta(hours=25))):
        assert (await site.patch(path, 4, ZIP)).json()["code"] == "uploads.expired"
        assert (await site.client.head(path, headers=HEADERS)).status_code == 410
        with pytest.raises(uploads.UploadNotFound):
            await site.take(path)
        await site.purge()
        assert (await site.client.head(path, headers=HEADERS)).status_code == 404
    assert await site.keys() == []
    with pytest.raises(BlobMissing):
        await site.blobs.get(finished.key)


async def test_an_erased_person_leaves_no_uploads(site: Site) -> None:
    path = await site.begun(8)
    await site.patch(path, 0, ZIP)
    async with site.runtime.database.transaction() as session:
        await uploads.forget(session, site.person)
    await site.purge()
    async with site.runtime.database.session() as session:
        assert list(await session.scalars(select(Upload))) == []
    assert await site.keys() == []


async def test_a_network_that_knows_no_patch(site: Site) -> None:
    path = await site.begun(8)
    given = HEADERS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = await site.client.post(path, headers=given | {"X-HTTP-Method-Override": "PATCH"}, content=ZIP)
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "4")
    assert (await site.client.post(path, headers=given)).json()["code"] == "uploads.method_unknown"
    assert (await site.client.post(path, headers=HEADERS | {"X-HTTP-Method-Override": "DELETE"})).status_code == 204


async def test_taking_is_undone_with_the_callers_transaction(site: Site) -> None:
    path = await site.begun(4)
    await site.patch(path, 0, ZIP)
    upload_id = UUID(path.rsplit("/", 1)[1])
    async with site.runtime.database.session() as session:
        await uploads.take(session, upload_id, site.person, "test_files")
        await session.rollback()
    results = await asyncio.gather(*(site.take(path) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, uploads.Finished) for one in results) == 1
    assert sum(isinstance(one, uploads.UploadTaken) for one in results) == 2


def test_a_purpose_is_registered_once_and_only_for_kinds_that_are_recognised() -> None:
    assert uploads.register(PURPOSE) is PURPOSE
    with pytest.raises(ValueError, match="twice"):
        uploads.register(uploads.Purpose(name="test_files", most_bytes=1, kinds=PURPOSE.kinds, open_bytes=1))
    with pytest.raises(ValueError, match="recognises"):
        uploads.register(uploads.Purpose(name="odd", most_bytes=1, kinds=frozenset({"text/html"}), open_bytes=1))


async def test_the_last_request_may_come_again(site: Site) -> None:
    path = await site.begun(len(ZIP))
    assert (await site.patch(path, 0, ZIP)).status_code == 204
    again = await asyncio.gather(*(site.patch(path, len(ZIP), b"") for _ in range(3)))
    assert {one.status_code for one in again} <= {204, 423}
    assert (await site.patch(path, len(ZIP), b"")).headers["upload-offset"] == str(len(ZIP))
    assert (await site.patch(path, len(ZIP), b"more")).status_code == 413
    finished = await site.take(path)
    assert await site.blobs.get(finished.key) == ZIP
