"""What schemathesis loads to sign its requests: a fresh DPoP proof for the address as it is sent, with the person's token."""

import os
from typing import Any

import orjson
import requests
import schemathesis
from joserfc.jwk import ECKey
from requests.auth import AuthBase
from schemathesis.transport import SerializationContext

from app.demo.devices.proofs import DpopKey

PERSON = "SIGNING_PERSON"


class Signed(AuthBase):
    """Adds token and proof where the generated request carries no authorization of its own."""

    def __init__(self, token: str, key: dict[str, Any]) -> None:
        self._token = token
        self._dpop = DpopKey()
        self._dpop.key = ECKey.import_key(key)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "authorization" not in request.headers:
            url = (request.url or "").partition("?")[0]
            request.headers["Authorization"] = f"DPoP {self._token}"
            request.headers["DPoP"] = self._dpop.proof(request.method or "", url, token=self._token)
        return request


if PERSON in os.environ:
    _told = orjson.loads(os.environ[PERSON])
    _signed = Signed(_told["token"], _told["key"])

    @schemathesis.hook
    def before_call(_context: schemathesis.HookContext, _case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
        kwargs["auth"] = _signed


@schemathesis.serializer("application/offset+octet-stream")
def piece(_context: SerializationContext, value: Any) -> bytes:
    """A piece of an upload (tus 1.0.0): bytes as they are."""
    return value if isinstance(value, bytes) else orjson.dumps(value)
