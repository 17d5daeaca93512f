"""No image of an identity document is asked for (Law 91/2025/QH15 Art. 29(2)): the whole OpenAPI document says so, and the tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.shell import openapi
from migrations.metadata import PACKAGES
from plugins.uploads import PACKAGE

# Words of fields that carry a picture or a scan. A chip's files are text and signatures: its portrait (DG2) is refused by name.
_PICTURES = ("photo", "image", "picture", "scan", "selfie", "portrait", "face", "front_side", "back_side", "ảnh")
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
_MEDIA = {"application/json", "application/x-www-form-urlencoded", "application/octet-stream"}
_IDENTITY = ("/v1/proofing", "/v1/me/proofing", "/v1/counter", "/v1/staff/people", "/v1/me", "/v1/credentials", "/v1/recovery", "/oauth")


UPLOADS = ("/v1/uploads", "/v1/uploads/{upload_id}")
"""Pieces of files whose purpose says what they may be; the next test looks at the purposes."""


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi.document()["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield f"{method} {path}", operation


def reached(schema: Any, document: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property a request body may hold, by name, through every reference."""
    if isinstance(schema, list):
        for each in schema:
            yield from reached(each, document, seen)
    elif isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from reached(document["components"]["schemas"][reference.rsplit("/", 1)[1]], document, seen)
        for name, value in (schema.get("properties") or {}).items():
            yield name, value
        for value in schema.values():
            yield from reached(value, document, seen)


def test_no_operation_takes_a_file_or_an_image() -> None:
    document = openapi.document()
    looked_at = 0
    for named, operation in operations():
        body = operation.get("requestBody", {})
        for media, content in body.get("content", {}).items():
            assert not media.startswith(("image/", "video/", "multipart/")), (named, media)
            if named.split(" ", 1)[1] in UPLOADS:
                assert media == "application/offset+octet-stream", (named, media)
            else:
                assert media in _MEDIA or "json" in media, (named, media)
            for name, schema in reached(content.get("schema", {}), document, set()):
                looked_at += 1
                assert schema.get("format") != "binary", (named, name)
                if any(named.split(" ", 1)[1].startswith(place) for place in _IDENTITY):
                    assert not any(word in name.lower() for word in _PICTURES), (named, name)
    assert looked_at > 100


def test_nothing_that_is_uploaded_can_be_a_picture() -> None:
    packages = ("kernel", "identity", "notifications", "payments", "social", "plugins", "app")
    naming = [path for package in packages for path in Path(package).rglob("*.py") if "Purpose(" in path.read_text(encoding="utf-8")]
    uploading = {path.as_posix() for path in naming if "kernel.uploads" in path.read_text(encoding="utf-8")}
    assert uploading == {"plugins/uploads.py"}
    assert PACKAGE.kinds == {"application/zip"}


def test_identity_takes_no_bytes_but_a_chips_signed_files() -> None:
    document = openapi.document()
    carriers = {"data_groups", "sod", "answer", "chip_answer", "data_group_14"}
    for named, operation in operations():
        if "/proofing" not in named and "/counter" not in named:
            continue
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for name, schema in reached(content.get("schema", {}), document, set()):
                longest = max(
                    (each.get("maxLength", 0) for each in (schema, *schema.get("anyOf", ())) if isinstance(each, dict)), default=0
                )
                assert name in carriers or longest <= 4_000, (named, name)  # a picture needs more


def test_no_table_of_identity_keeps_a_picture() -> None:
    for table in PACKAGES["identity"].tables.values():
        for column in table.columns:
            assert not any(word in column.name for word in _PICTURES), f"{table.name}.{column.name}"
