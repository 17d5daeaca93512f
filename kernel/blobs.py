"""Files behind a port: a local folder or an S3 bucket, the same calls for both (obstore)."""

from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kernel.settings import Settings

STREAM_BYTES = 5 * 1024 * 1024  # the least part of a multipart upload that S3 takes


class BlobMissing(Exception):
    """No file is kept under that key."""


class Blobs:
    """Keys are paths of `[a-z0-9/._-]`; a file is written whole or not at all."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def put(self, key: str, content: bytes) -> None:
        await self._store.put_async(key, content)

    async def get(self, key: str) -> bytes:
        """Raises BlobMissing."""
        try:
            found = await self._store.get_async(key)
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        return bytes(await found.bytes_async())

    async def put_stream(self, key: str, content: AsyncIterable[bytes]) -> None:
        """Write what comes, bit by bit: a few mebibytes are held at a time, whatever the size."""
        await self._store.put_async(key, content, chunk_size=STREAM_BYTES, max_concurrency=1)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The file in pieces of at most a few mebibytes. Raises BlobMissing."""
        try:
            found = await self._store.get_async(key)
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        async for piece in found.stream(min_chunk_size=STREAM_BYTES // 8):
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Remove a file; one that is not there is fine."""
        try:
            await self._store.delete_async(key)
        except FileNotFoundError:
            return

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        async for batch in self._store.list(prefix):
            for entry in batch:
                yield entry["path"]


def open_blobs(settings: Settings, folder: Path) -> Blobs:
    """The store the settings name; `folder` holds the files when they say `file`. Raises ValueError on an unknown scheme."""
    from obstore.store import LocalStore, S3Store

    if settings.blob_url == "file":
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Blobs(LocalStore(str(folder)))
    address = urlsplit(settings.blob_url)
    if address.scheme != "s3":
        raise ValueError(f"no blob store speaks {address.scheme}")
    options: dict[str, Any] = {"region": settings.blob_region}
    if settings.blob_endpoint:
        options |= {"endpoint": settings.blob_endpoint, "virtual_hosted_style_request": False}
        options |= {"client_options": {"allow_http": settings.blob_endpoint.startswith("http://")}}
    if settings.blob_access_key:
        options |= {"access_key_id": settings.blob_access_key, "secret_access_key": settings.blob_secret_key}
    return Blobs(S3Store(address.netloc, prefix=address.path.strip("/") or None, **options))
