"""How the hub says no, as exceptions a backend can tell apart."""

from collections.abc import Mapping
from typing import Any, Final


class HubError(Exception):
    """The hub did not do what was asked."""


class HubUnreachable(HubError):
    """No answer came, after every attempt that was safe to make."""


class HubRefused(HubError):
    """The hub said no: an RFC 9457 problem, or an OAuth error where it gave no token; `code` is stable, `document` what it said."""

    def __init__(self, status: int, document: Mapping[str, Any], retry_after: float | None = None) -> None:
        """`retry_after` in seconds, where the hub named a time."""
        self.status = status
        self.code = str(document.get("code") or document.get("error") or "service.unexpected")
        self.document = dict(document)
        self.retry_after = retry_after
        super().__init__(f"{status} {self.code}")


class NotAuthenticated(HubRefused):
    """The hub does not take this backend's key or token."""


class NotAgreed(HubRefused):
    """The person has not agreed to this; `scopes` names what is missing."""

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(str(one) for one in self.document.get("scopes", ()))


class PersonUnknown(HubRefused):
    """The subject is nobody this app knows."""


class AppNotServed(HubRefused):
    """The app is not published, or suspended."""


class NotFound(HubRefused):
    """There is no such thing, or it is another app's."""


class Conflict(HubRefused):
    """It was done before, or something else was asked under the same reference."""


class RateLimited(HubRefused):
    """Too many calls; `retry_after` says in how many seconds there is room again."""


class HubBusy(HubRefused):
    """The hub cannot answer now; asking later may help."""


_BY_CODE: Final[Mapping[str, type[HubRefused]]] = {
    "backend.not_agreed": NotAgreed,
    "backend.code_no_longer_agreed": NotAgreed,
    "backend.person_unknown": PersonUnknown,
    "miniapps.not_found": AppNotServed,
    "miniapps.suspended": AppNotServed,
}
_BY_STATUS: Final[Mapping[int, type[HubRefused]]] = {
    401: NotAuthenticated,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    429: RateLimited,
    502: HubBusy,
    503: HubBusy,
    504: HubBusy,
}


def refusal(status: int, document: Mapping[str, Any], retry_after: str | None = None) -> HubRefused:
    """The exception for an answer; `retry_after` is the header as it came, of which only seconds are understood."""
    seconds = float(retry_after) if retry_after is not None and retry_after.isascii() and retry_after.isdigit() else None
    kind = _BY_CODE.get(str(document.get("code"))) or _BY_STATUS.get(status, HubRefused)
    return kind(status, document, seconds)
