"""What the registry answers a hostile package: its rule, over HTTP, and nothing of it is kept anywhere."""

import stat
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import func, select

from hanoismart import package
from kernel.blobs import Blobs
from plugins.registry.models import Version
from tests.support.miniapps import SmallHub
from tests.support.publishing import Studio, sent


def zipped(made: package.Package, *more: tuple[str, bytes], link: str | None = None) -> bytes:
    """The signed package with further entries, under names as they are given."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        held = [*made.files.items(), ("META/files.json", made.files_json), ("META/developer.jws", (made.signature or "").encode()), *more]
        for name, content in held:
            entry = zipfile.ZipInfo("x")
            entry.filename = entry.orig_filename = name
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == link:
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _lie(made: package.Package) -> bytes:
    """The checksum of the last file is another one, in the directory and before the file."""
    content = bytearray(made.to_bytes())
    content[content.rindex(b"PK\x01\x02") + 16] ^= 0xFF
    content[content.rindex(b"PK\x03\x04") + 14] ^= 0xFF
    return bytes(content)


def _altered(made: package.Package) -> bytes:
    """Another file under the signature of the first."""
    other = {**made.files, "app.js": b"export const evil = 1"}
    signed = {"META/files.json": made.files_json, "META/developer.jws": (made.signature or "").encode()}
    return package.archive.write({**other, **signed})


HOSTILE: dict[str, tuple[str, Callable[[package.Package], bytes]]] = {
    "slip": ("HS2011", lambda made: zipped(made, ("../../evil.js", b"x"))),
    "absolute": ("HS2011", lambda made: zipped(made, ("/etc/cron.d/evil", b"x"))),
    "backslash": ("HS2011", lambda made: zipped(made, ("..\\evil.js", b"x"))),
    "NUL": ("HS2011", lambda made: zipped(made, ("nnnnn.js", b"x")).replace(b"nnnnn.js", b"nn\x00nn.js")),
    "duplicate": ("HS2012", lambda made: zipped(made, ("app.js", b"evil"))),
    "case": ("HS2013", lambda made: zipped(made, ("APP.js", b"evil"))),
    "symlink": ("HS2009", lambda made: zipped(made, ("link.js", b"/etc/passwd"), link="link.js")),
    "CRC lie": ("HS2014", _lie),
    "bomb": ("HS2004", lambda made: zipped(made, ("bomb.js", bytes(8_000_000)))),
    "too many": ("HS2005", lambda made: zipped(made, *((f"f{number}.js", b"") for number in range(2_000)))),
    "tail": ("HS2008", lambda made: made.to_bytes() + b"PK\x03\x04 evil"),
    "altered": ("HS2031", _altered),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_package_is_refused_by_its_rule_and_leaves_nothing(
    house: SmallHub, workshop: Studio, blobs: Blobs, kind: str
) -> None:
    rule, forge = HOSTILE[kind]
    answer = await sent(house, blobs, workshop, forge(workshop.built()))
    assert (answer.status_code, answer.json()["code"]) == (422, "packages.refused"), answer.text
    found = answer.json()["findings"]
    assert rule in {one["rule"] for one in found}
    assert all(one["vi"] and one["en"] and one["fix"] for one in found)
    async with house.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Version)) == 0
    assert [key async for key in blobs.keys("packages/")] == []
    assert (await sent(house, blobs, workshop, workshop.built())).status_code == 202
