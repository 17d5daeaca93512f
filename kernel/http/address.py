"""Where a request comes from, coarse enough that one household or one attacker's network spends one budget."""

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

from kernel.settings import settings

_IPV6_HOUSEHOLD = 64
_NETWORK = {4: 24, 6: 48}


def address_of(request: Request) -> str:
    """The caller's IPv4 address, or the /64 of an IPv6 one; behind a trusted proxy, what the proxy nearest to us wrote. `unknown` else."""
    written = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for")
    if forwarded and settings().trust_proxy:
        written = forwarded.rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(written)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> _IPV6_HOUSEHOLD << _IPV6_HOUSEHOLD)}/{_IPV6_HOUSEHOLD}"
    return str(address)


def network_of(request: Request) -> str:
    """The /24 or /48 a request comes from: coarse enough to be kept, and the widest net one budget is spent for. `unknown` else."""
    return network_around(address_of(request))


def network_around(address: str) -> str:
    """The /24 or /48 around what `address_of` answered."""
    try:
        found = ip_network(address, strict=False)
    except ValueError:
        return "unknown"
    return str(found.supernet(new_prefix=_NETWORK[found.version]))
