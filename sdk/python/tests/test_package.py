"""Packages: what is built can be read, what is hostile is refused by its rule, and a signature binds bytes, app and environment."""

import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from hanoismart import tokens
from hanoismart.clock import now
from hanoismart.manifest.example import EXAMPLE, HS
from hanoismart.package import (
    Countersignature,
    Package,
    PackageRefused,
    SignatureRefused,
    archive,
    build,
    code,
    countersign,
    header_of,
    limits,
    of_files,
    outside,
    read,
    sign,
    verify,
    verify_countersignature,
)


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    lines = b"".join(b"\x00" + b"\x80" * 3 * width for _ in range(height))
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


OPENAPI = {"openapi": "3.1.0", "info": {"title": "parking", "version": "1"}, "paths": {"/parks": {"get": {"responses": {}}}}}


def files(**more: bytes) -> dict[str, bytes]:
    return {
        "manifest.json": json.dumps(EXAMPLE).encode(),
        "index.html": b"<!doctype html><script type=module src=app.js></script>",
        "pages/find.html": b"<!doctype html><p>x</p>",
        "pages/ticket/index.html": b"<!doctype html><p>y</p>",
        "app.js": b"export {}",
        "common/logo.png": png(),
        "openapi.json": json.dumps(OPENAPI).encode(),
        **more,
    }


def rules(refused: pytest.ExceptionInfo[PackageRefused]) -> set[str]:
    return {one.rule for one in refused.value.findings}


def test_what_is_built_is_read_and_has_the_same_bytes_every_time() -> None:
    package = of_files(files())
    assert package.to_bytes() == of_files(files()).to_bytes()
    again = read(package.to_bytes())
    assert (again.files, again.files_json, again.digest) == (package.files, package.files_json, package.digest)
    listed = json.loads(package.files_json)
    assert (listed["schema"], listed["app_id"], listed["version_code"]) == ("hs-package/1", "vn.hanoi.parking", 12)
    assert sorted(listed["files"]) == sorted(files())


def test_a_folder_is_built_without_what_does_not_belong(tmp_path: Path) -> None:
    for name, content in files(**{"node_modules/x/a.js": b"x", ".git/config": b"x", "dist/a.hsapp": b"x", "tests/test_a.py": b"x"}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert sorted(build(tmp_path).files) == sorted(files())
    (tmp_path / "out.js").symlink_to("/etc/passwd")
    with pytest.raises(PackageRefused) as refused:
        build(tmp_path)
    assert rules(refused) == {"HS2009"}


def zipped(entries: list[tuple[str, bytes]], tweak: Callable[[zipfile.ZipInfo], None] = lambda _entry: None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in entries:
            entry = zipfile.ZipInfo("x")
            entry.filename = entry.orig_filename = name
            entry.compress_type = zipfile.ZIP_DEFLATED
            tweak(entry)
            made.writestr(entry, content)
    return buffer.getvalue()


def whole(*more: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    return [*files().items(), *more]


def _link(entry: zipfile.ZipInfo) -> None:
    if entry.filename == "link":
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def _lzma(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_LZMA


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("hostile", "rule"),
    [
        (lambda: b"not a zip", "HS2001"),
        (lambda: zipped(whole(("../evil.js", b"x"))), "HS2011"),
        (lambda: zipped(whole(("/etc/evil", b"x"))), "HS2011"),
        (lambda: zipped(whole(("a\\..\\evil", b"x"))), "HS2011"),
        (lambda: zipped(whole(("C:evil", b"x"))), "HS2011"),
        (lambda: zipped(whole(("aux.js", b"x"))), "HS2011"),
        (lambda: zipped(whole(("a//b", b"x"))), "HS2011"),
        (lambda: zipped(whole(("app\u202egpj.js", b"x"))), "HS2011"),
        (lambda: zipped(whole(("app.js", b"other"))), "HS2012"),
        (lambda: zipped(whole(("App.JS", b"x"))), "HS2013"),
        (lambda: zipped(whole(("caf\u00e9", b"x"), ("cafe\u0301", b"y"))), "HS2013"),
        (lambda: zipped(whole(("app.js/inner", b"x"))), "HS2013"),
        (lambda: zipped(whole(("link", b"/etc/passwd")), _link), "HS2009"),
        (lambda: zipped(whole(), _lzma), "HS2006"),
        (lambda: zipped(whole(("bomb", bytes(8_000_000)))), "HS2004"),
        (lambda: zipped(whole(*((f"f{n}", b"") for n in range(2_000)))), "HS2005"),
        (lambda: of_files(files()).to_bytes() + b"tail", "HS2008"),
        (lambda: b"head" + of_files(files()).to_bytes(), "HS2001"),
        (lambda: zipped([("manifest.json", b"{}")]), "HS1003"),
        (lambda: zipped([("index.html", b"x")]), "HS2020"),
        (lambda: zipped(whole(("META/other", b"x"))), "HS2021"),
        (lambda: zipped(whole(("META/developer.jws", b"x"))), "HS2030"),
        (lambda: zipped(whole(("tool.exe", b"MZ"))), "HS2028"),
        (lambda: zipped(whole((".env", b"SECRET"))), "HS2028"),
        (lambda: zipped(whole(("i18n/en.json", b"["))), "HS2027"),
    ],
)
def test_a_hostile_archive_is_refused_by_its_rule(hostile: Callable[[], bytes], rule: str) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(hostile())
    assert rule in rules(refused)


def test_nul_in_a_name_is_seen_although_the_zip_library_hides_it() -> None:
    made = zipped(whole(("nnnnn.js", b"x"))).replace(b"nnnnn.js", b"nn\x00nn.js")
    with pytest.raises(PackageRefused) as refused:
        read(made)
    assert rules(refused) == {"HS2011"}


def test_a_lying_checksum_or_length_is_refused() -> None:
    made = bytearray(of_files(files()).to_bytes())
    central = made.rindex(b"PK\x01\x02")
    made[central + 16] ^= 0xFF
    local = made.rindex(b"PK\x03\x04")
    made[local + 14] ^= 0xFF
    with pytest.raises(PackageRefused) as refused:
        read(bytes(made))
    assert rules(refused) == {"HS2014"}
    made = bytearray(of_files(files()).to_bytes())
    made[made.rindex(b"PK\x01\x02") + 24] ^= 0x01
    with pytest.raises(PackageRefused) as refused:
        read(bytes(made))
    assert rules(refused) == {"HS2014"}


def test_encryption_and_a_second_name_in_the_local_header_are_refused() -> None:
    made = bytearray(of_files(files()).to_bytes())
    made[made.rindex(b"PK\x01\x02") + 8] |= 1
    made[made.rindex(b"PK\x03\x04") + 6] |= 1
    with pytest.raises(PackageRefused) as refused:
        read(bytes(made))
    assert rules(refused) == {"HS2007"}
    twisted = of_files(files()).to_bytes().replace(b"app.js", b"apq.js", 1)
    with pytest.raises(PackageRefused) as refused:
        read(twisted)
    assert rules(refused) == {"HS2008"}


def test_too_many_bytes_are_refused_while_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = of_files(files()).to_bytes()
    monkeypatch.setattr(limits, "UNZIPPED", 1_000)
    with pytest.raises(PackageRefused) as refused:
        read(made)
    assert rules(refused) == {"HS2003"}
    monkeypatch.setattr(limits, "ZIPPED", 100)
    with pytest.raises(PackageRefused) as refused:
        read(made)
    assert rules(refused) == {"HS2002"}


@pytest.mark.parametrize(
    ("missing", "rule"),
    [("index.html", "HS2022"), ("pages/find.html", "HS2024"), ("common/logo.png", "HS2025"), ("openapi.json", "HS2026")],
)
def test_what_the_manifest_names_must_be_there(missing: str, rule: str) -> None:
    held = files()
    del held[missing]
    with pytest.raises(PackageRefused) as refused:
        of_files(held)
    assert rules(refused) == {rule}


@pytest.mark.parametrize("icon", [b"", b"GIF89a", png()[:-20], png()[:40] + b"\x00" + png()[41:], b"\xff\xd8\xff\xe0"])
def test_an_icon_must_decode(icon: bytes) -> None:
    with pytest.raises(PackageRefused) as refused:
        of_files(files(**{"common/logo.png": icon}))
    assert rules(refused) == {"HS2025"}


def test_code_the_policy_would_block_is_named_by_file_and_line() -> None:
    page = (
        b'<!doctype html>\n<script>alert(1)</script>\n<p onclick="x()">\n'
        b'<script src="https://cdn.example/x.js"></script>\n<a href="javascript:x">'
    )
    with pytest.raises(PackageRefused) as refused:
        of_files(files(**{"index.html": page}))
    assert [(one.rule, one.file, one.line) for one in refused.value.findings] == [
        ("HS2101", "index.html", 2), ("HS2102", "index.html", 3), ("HS2103", "index.html", 4), ("HS2106", "index.html", 5),
    ]  # fmt: skip
    script = b"eval(x)\nfetch('https://other.example/a')\nfetch('https://api.parking.example/a')"
    warned = of_files(files(**{"app.js": script})).warnings
    assert [(one.rule, one.line) for one in warned] == [("HS2104", 1), ("HS2105", 2)]
    assert warned[1].fix.en == 'Add "https://other.example" to hs.csp.connect.'


def test_a_file_that_is_used_but_not_packed_is_named_with_its_path() -> None:
    page = b'<!doctype html>\n<link rel="stylesheet" href="css/a.css">\n<script src="app.js?v=1"></script>\n<img src="https://cdn.example/a.png">'
    script = b'import { connect } from "./hs/bridge.js";\nimport "./near.js";\nconst late = import("../far.js");'
    packed = of_files(files(**{"index.html": b"<!doctype html>", "in/index.html": page, "in/app.js": script, "in/near.js": b""}))
    absent = [one for one in packed.warnings if one.rule == "HS2107"]
    assert [(one.file, one.line) for one in absent] == [("in/app.js", 1), ("in/app.js", 3), ("in/index.html", 2)]
    assert [one.fix.en.split('"')[1] for one in absent] == ["in/hs/bridge.js", "far.js", "in/css/a.css"]


def test_a_script_full_of_findings_is_read_once_and_hides_nothing() -> None:
    noisy = {f"a{number}.js": b"eval(\n" * 300_000 for number in range(4)}
    started = perf_counter()
    found = code.judge(
        of_files(files()).manifest, {**noisy, "index.html": b"<p onclick=x>" * 500 + b"<script>1</script>", "z.js": b"\n" * 9}
    )
    assert perf_counter() - started < 10  # counting the lines anew for each finding takes minutes
    assert [one.rule for one in found[:100]] == ["HS2102"] * 100
    assert {one.rule for one in found[100:]} == {"HS2104"}
    assert (len(found), found[199].line) == (200, 100)


def test_a_name_in_an_extra_field_gives_a_file_no_second_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made = of_files(files()).to_bytes()
    known = zipfile.ZipFile.infolist

    def renamed(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:  # as zip libraries do that read field 0x7075
        entries = known(archive)
        entries[-1].filename = "../evil.js"
        return entries

    monkeypatch.setattr(zipfile.ZipFile, "infolist", renamed)
    with pytest.raises(PackageRefused) as refused:
        read(made)
    assert rules(refused) == {"HS2011"}


KEY = tokens.new_key()
KEYS = {KEY.thumbprint(): KEY}


def signed() -> Package:
    return sign(of_files(files()), KEY, "sandbox")


def test_a_signature_survives_the_archive_and_fits_plain_tools() -> None:
    package = read(signed().to_bytes())
    assert verify(package, KEYS, "sandbox") == KEY.thumbprint() == header_of(package).kid
    message, signature = outside(package)
    assert len(signature) == 64
    KEY.public_key.verify(signature, message)  # type: ignore[union-attr] # an Ed25519 key


@pytest.mark.parametrize(
    ("twist", "step"),
    [
        (lambda _package: of_files(files()), "missing"),
        (lambda package: sign(package, tokens.new_key(), "sandbox"), "key"),
        (lambda package: sign(package, KEY, "production"), "environment"),
    ],
)
def test_a_forged_signature_is_refused_by_its_step(twist: Callable[[Package], Package], step: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(twist(signed()), KEYS, "sandbox")
    assert refused.value.step == step


def test_a_signature_of_other_bytes_is_refused() -> None:
    other = sign(of_files(files(**{"app.js": b"export const other = 1"})), KEY, "sandbox")
    held = dict(archive.read(of_files(files()).to_bytes()))
    mixed = read(archive.write({**held, limits.SIGNATURE: (other.signature or "").encode()}))
    with pytest.raises(SignatureRefused) as refused:
        verify(mixed, KEYS, "sandbox")
    assert refused.value.step == "signature"
    with pytest.raises(PackageRefused) as altered:
        read(archive.write({**held, "app.js": b"export const evil = 1"}))
    assert rules(altered) == {"HS2031"}


def test_the_countersignature_names_exactly_these_bytes() -> None:
    package, at = signed(), now().replace(microsecond=0)
    said = Countersignature(
        app_id="vn.hanoi.parking", version_code=12, digest=package.digest, environment="sandbox", decision="d1", policy="1", at=at
    )
    raw = countersign(said, KEY)
    assert verify_countersignature(raw, KEYS, package.files_json) == said
    for files_json, keys, step in ((package.files_json + b" ", KEYS, "digest"), (package.files_json, {}, "key")):
        with pytest.raises(SignatureRefused) as refused:
            verify_countersignature(raw, keys, files_json)
        assert refused.value.step == step


def test_an_app_without_pages_of_its_own_needs_none() -> None:
    document = EXAMPLE | {"hs": HS | {"ui": "none"}}
    held = {"manifest.json": json.dumps(document).encode(), "common/logo.png": png(), "openapi.json": json.dumps(OPENAPI).encode()}
    assert of_files(held).manifest.hs.ui == "none"
