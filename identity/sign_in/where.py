"""Where a sign-in comes from, as coarsely as it may be kept."""

from dataclasses import dataclass

from starlette.requests import Request

from identity.ports import Locator
from kernel.http.address import address_of, network_around

_LONGEST_DEVICE = 200


@dataclass(frozen=True, slots=True)
class Where:
    """`address` is for budgets alone and is not kept; `network` is the /24 or /48, `operator` its autonomous system where known."""

    address: str
    network: str
    place: str | None
    operator: str | None
    device: str


def where_of(request: Request) -> Where:
    """Of a request, by the runtime's locator."""
    locator: Locator | None = request.scope["runtime"].parts.get("locator")
    address = address_of(request)
    network = network_around(address)
    place, operator = (locator.place(network), locator.operator(network)) if locator is not None else (None, None)
    return Where(address, network, place, operator, request.headers.get("user-agent", "")[:_LONGEST_DEVICE])
