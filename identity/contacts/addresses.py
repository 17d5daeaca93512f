"""E-mail addresses: one spelling for each, and what their owner is shown of it."""

import re
from dataclasses import dataclass

from hanoismart.problems import Problem
from hanoismart.text import Text

_LONGEST = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
_LONGEST_LOCAL = 64
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class AddressRefused(Problem):
    code = "contacts.address_refused"
    status = 422
    title = Text(vi="Địa chỉ e-mail không hợp lệ", en="This is not a valid e-mail address")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An address: what is written on the envelope, and the spelling it is unique by."""

    written: str

    @property
    def key(self) -> str:
        return self.written.casefold()

    @property
    def hint(self) -> str:
        local, _, domain = self.written.rpartition("@")
        return f"{local[0]}•••@{domain[-40:]}"


def read(text: str) -> Address:
    """Reads an address; its domain is written in lower case, an international one in punycode. Raises AddressRefused."""
    local, at, domain = text.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode().lower()
    except UnicodeError as error:
        raise AddressRefused from error
    if not at or len(local) > _LONGEST_LOCAL or len(local) + len(host) >= _LONGEST:
        raise AddressRefused
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(host):
        raise AddressRefused
    return Address(f"{local}@{host}")
