"""Looks in the world for the proof of a domain: in the DNS, and over HTTPS at the domain itself, never at anything inside."""

import socket
import ssl
from typing import Final

import dns.asyncresolver
import dns.exception

from kernel.outbound import GuardedTransport, Resolve, small_document
from plugins.settings import settings

SECONDS: Final = 5.0
MOST_BYTES: Final = 4096


async def in_dns(name: str, expected: str) -> bool:
    """Whether a TXT record of the name says what is expected."""
    try:
        answer = await _resolver().resolve(name, "TXT")
    except (dns.exception.DNSException, OSError):
        return False
    return any(b"".join(record.strings) == expected.encode() for record in answer)


async def at_address(domain: str, path: str, expected: str) -> bool:
    """Whether a small file at the domain, under a certificate for it, holds the expected word; no redirect is followed."""
    chosen = settings()
    transport = GuardedTransport(allow_inward=chosen.inward_calls, connections=1, trust=_trust(), resolve=_chosen())
    found = await small_document(transport, f"https://{domain}:{chosen.proof_port}{path}", seconds=SECONDS, most=MOST_BYTES)
    return found is not None and expected.encode() in found.split()


def _resolver() -> dns.asyncresolver.Resolver:
    server = settings().dns_server
    resolver = dns.asyncresolver.Resolver(configure=server is None)
    if server is not None:
        host, _, port = server.partition(":")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    resolver.lifetime = SECONDS
    return resolver


def _chosen() -> Resolve | None:
    """The name server the records are looked up at, where an operator chose one; else the system's."""
    return None if settings().dns_server is None else _addresses


async def _addresses(host: str) -> list[str]:
    try:
        found = (await _resolver().resolve_name(host)).addresses_and_families()
    except dns.exception.DNSException as unknown:
        raise OSError("no address") from unknown
    return [address for address, family in sorted(found, key=lambda one: one[1] != socket.AF_INET)]


def _trust() -> ssl.SSLContext:
    """The system's authorities, and those the operator named."""
    context = ssl.create_default_context()
    if settings().proof_authorities is not None:
        context.load_verify_locations(cafile=settings().proof_authorities)
    return context
