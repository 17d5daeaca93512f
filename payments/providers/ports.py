"""What a provider's adapter must be able to do; what a browser brings back never settles anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hanoismart.problems import Problem
from hanoismart.text import Text


@dataclass(frozen=True, slots=True)
class Order:
    """What the payer is to pay, as the provider must know it."""

    code: str
    amount: int
    bank_bin: str
    account: str
    payee: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money the provider says has arrived."""

    provider_reference: str
    code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider is told: a status and a code of its own list."""

    status: int
    body: Mapping[str, str]


class SignatureRefused(Exception):
    """The callback is not signed by the provider, or its signature is too old: nothing may change."""


class CallbackMalformed(Exception):
    """A signed callback that cannot be read."""


class ProviderUnavailable(Problem):
    code = "payments.provider_unavailable"
    status = 503
    title = Text(vi="Đơn vị thanh toán chưa sẵn sàng", en="The payment provider is not available")


class ProviderUnknown(Problem):
    code = "payments.provider_unknown"
    status = 404
    title = Text(vi="Không có đơn vị thanh toán này", en="There is no such payment provider")


class Provider(Protocol):
    @property
    def name(self) -> str: ...

    def create(self, order: Order) -> str:
        """What the payer's app shows: the text of a QR code."""
        ...

    def verify_callback(self, raw: bytes, headers: Mapping[str, str]) -> Payment:
        """The payment the callback tells of. Raises SignatureRefused or CallbackMalformed."""
        ...

    def answer(self, outcome: str) -> Answer:
        """The provider's own words for an outcome, `bad_signature`, `malformed` or `duplicate`."""
        ...

    async def query(self, code: str) -> list[Payment]:
        """Every payment the provider knows for this code. Raises ProviderUnavailable."""
        ...
