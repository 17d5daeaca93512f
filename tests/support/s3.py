"""A small S3: PutObject, GetObject, DeleteObjects and ListObjectsV2 over a socket; every request is signed (SigV4) or refused."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

ACCESS, SECRET = "test-access", "test-secret"


@dataclass
class S3:
    """One bucket; `refused` counts requests whose signature is wrong."""

    objects: dict[str, bytes] = field(default_factory=dict)
    refused: int = 0

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 (an ASGI app)
        request = Request(scope, receive)
        body = await request.body()
        response = await self._answer(request, body) if _signed(request) else self._forbidden()
        await response(scope, receive, send)

    def _forbidden(self) -> Response:
        self.refused += 1
        return Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", 403, media_type="application/xml")

    async def _answer(self, request: Request, body: bytes) -> Response:
        key = request.url.path.removeprefix("/bucket").lstrip("/")
        if request.method == "PUT":
            self.objects[key] = body
            return Response(headers={"ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'})
        if request.method == "POST" and "delete" in request.query_params:
            names = re.findall(r"<Key>([^<]*)</Key>", body.decode())
            for name in names:
                self.objects.pop(name, None)
            rows = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            return Response(f"<DeleteResult>{rows}</DeleteResult>", media_type="application/xml")
        if "list-type" in request.query_params:
            return self._listed(request.query_params.get("prefix", ""))
        if key not in self.objects:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404, media_type="application/xml")
        headers = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT"}
        return Response(self.objects[key], headers=headers)

    def _listed(self, prefix: str) -> Response:
        found = sorted(key for key in self.objects if key.startswith(prefix))
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-22T03:00:00.000Z</LastModified>"
            f"<ETag>&quot;1&quot;</ETag><Size>{len(self.objects[key])}</Size></Contents>"
            for key in found
        )
        head = f"<Name>bucket</Name><KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>"
        return Response(f"<ListBucketResult>{head}{rows}</ListBucketResult>", media_type="application/xml")


def _signed(request: Request) -> bool:
    """AWS Signature Version 4, worked out again from the request."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return False
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    access, day, region, service, _ = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    query = "&".join(
        sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in request.query_params.multi_items())
    )
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    raw_path = request.scope["raw_path"].decode()
    canonical = "\n".join([request.method, raw_path, query, headers, ";".join(names), request.headers["x-amz-content-sha256"]])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return access == ACCESS and hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), parts["Signature"])
