"""Files in a bucket: the same port as the folder, spoken to a server that checks every signature."""

from pathlib import Path
from typing import Any

import pytest

from app.demo.fakes.serving import serving
from kernel.blobs import BlobMissing, open_blobs
from kernel.settings import Settings
from tests.support.s3 import ACCESS, S3, SECRET


def _settings(endpoint: str, **more: Any) -> Settings:
    return Settings(
        _env_file=None, blob_url="s3://bucket/city", blob_endpoint=endpoint, blob_access_key=ACCESS, **({"blob_secret_key": SECRET} | more)
    )


async def test_files_in_a_bucket_are_kept_read_listed_and_removed(tmp_path: Path) -> None:
    bucket = S3()
    async with serving(bucket) as endpoint:
        blobs = open_blobs(_settings(f"{endpoint}"), tmp_path)
        await blobs.put("receipts/a b.pdf", b"%PDF")
        assert bucket.objects in ({"city/receipts/a%20b.pdf": b"%PDF"}, {"city/receipts/a b.pdf": b"%PDF"})
        assert await blobs.get("receipts/a b.pdf") == b"%PDF"
        assert len([key async for key in blobs.keys("receipts")]) == 1
        await blobs.delete("receipts/a b.pdf")
        with pytest.raises(BlobMissing):
            await blobs.get("receipts/a b.pdf")
    assert bucket.refused == 0


async def test_a_wrong_secret_is_an_error_and_never_a_missing_file(tmp_path: Path) -> None:
    bucket = S3()
    async with serving(bucket) as endpoint:
        blobs = open_blobs(_settings(endpoint, blob_secret_key="wrong"), tmp_path)
        with pytest.raises(Exception) as refused:  # noqa: PT011 (the library's own class)
            await blobs.get("x")
    assert not isinstance(refused.value, BlobMissing)
    assert bucket.refused


def test_an_unknown_store_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ftp"):
        open_blobs(_settings("http://127.0.0.1:9").model_copy(update={"blob_url": "ftp://x"}), tmp_path)
