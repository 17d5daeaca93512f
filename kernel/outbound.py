"""Connects to what a name means in the open internet and to nothing else: resolved once, checked, and that address is called."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import aiohttp
import httpcore
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

_INWARD = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"), ipaddress.ip_network("100.64.0.0/10"))


Resolve = Callable[[str], Awaitable[list[str]]]
"""The addresses of a name; raises OSError for a name that means nothing."""


class InwardAddress(OSError):
    """The name means an address inside: loopback, private, link-local, metadata, or one of these in another notation."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; IPv4 in IPv6 clothes counts as what it is."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    if any(ip.version == network.version and ip in network for network in _INWARD):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves and connects in one step, on every connection, so that a name cannot change its meaning in between.

    `resolve` asks somebody else than the system; what it says is judged like any other answer.
    """

    def __init__(self, *, allow_inward: bool, resolve: Resolve | None = None) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow_inward = allow_inward
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises httpcore.ConnectError for a name that means something inside."""
        try:
            address = await self._resolved(host, port)
        except OSError as error:
            raise httpcore.ConnectError(type(error).__name__) from error
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("no sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _resolved(self, host: str, port: int) -> str:
        if self._resolve is not None:
            addresses = await self._resolve(host)
        else:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(entry[4][0]) for entry in found]
        if not addresses:
            raise OSError("no address")
        if not self._allow_inward and not all(is_public(address) for address in addresses):
            raise InwardAddress(host)
        return addresses[0]


class GuardedResolver(AbstractResolver):
    """Resolves for each connection; every address a name means must be an outward one, and those are the ones that are called."""

    def __init__(self, *, allow_inward: bool) -> None:
        self._allow_inward = allow_inward

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Raises InwardAddress, and OSError for a name that means nothing."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses:
            raise OSError("no address")
        if not self._allow_inward and not all(is_public(address) for address in addresses):
            raise InwardAddress(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=entry[0], proto=entry[2], flags=socket.AI_NUMERICHOST)
            for entry, address in zip(found, addresses, strict=True)
        ]

    async def close(self) -> None:
        return None


def guarded_session(*, allow_inward: bool, connections: int = 100) -> aiohttp.ClientSession:
    """The fast client for calls to addresses other people chose; make it within the running loop, and close it.

    It decodes nothing, follows nothing unless told so, keeps no cookie and asks no proxy. Where a connection goes is judged when its name
    is resolved, and once more when its socket is made, so that an address written as a number is judged, too.
    """

    def outward(address: tuple[Any, ...]) -> socket.socket:
        if not allow_inward and not is_public(str(address[4][0])):
            raise InwardAddress(str(address[4][0]))
        return socket.socket(family=address[0], type=address[1], proto=address[2])

    connector = aiohttp.TCPConnector(
        limit=connections,
        keepalive_timeout=15.0,
        resolver=GuardedResolver(allow_inward=allow_inward),
        use_dns_cache=False,
        socket_factory=outward,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
    )


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport over a guarded pool; it follows no redirect and keeps no cookie.

    `trust` replaces the system's authorities, `resolve` the system's name servers.
    """

    def __init__(
        self, *, allow_inward: bool, connections: int = 50, trust: ssl.SSLContext | None = None, resolve: Resolve | None = None
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust or ssl.create_default_context(),
            max_connections=connections,
            max_keepalive_connections=20,
            keepalive_expiry=15.0,
            network_backend=GuardedNetwork(allow_inward=allow_inward, resolve=resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TimeoutException and httpx.TransportError."""
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(sent)
        except httpcore.TimeoutException as slow:
            raise httpx.ReadTimeout("timed out", request=request) from slow
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as failed:
            raise httpx.ConnectError("unreachable", request=request) from failed
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._answer.aiter_stream():
                yield part
        except httpcore.TimeoutException as slow:
            raise httpx.ReadTimeout("timed out") from slow
        except (httpcore.NetworkError, httpcore.ProtocolError) as failed:
            raise httpx.ReadError("interrupted") from failed

    async def aclose(self) -> None:
        await self._answer.aclose()


async def small_document(transport: GuardedTransport, url: str, *, seconds: float, most: int, accept: str = "*/*") -> bytes | None:
    """The body at an address, or None: another status than 200, more than `most` bytes, more than `seconds` for all of it, no such host.

    No redirect is followed. The time is for the whole: a server that sends a byte now and then would hold its caller for days.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(transport=transport, timeout=seconds, follow_redirects=False) as http,
            http.stream("GET", url, headers={"Accept": accept}) as answer,
        ):
            if answer.status_code != 200:
                return None
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > most:
                    return None
            return body
    # InvalidURL and UnicodeError: names that no resolver takes.
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError):
        return None
