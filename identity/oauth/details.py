"""Rich authorization requests (RFC 9396): what exactly a person is asked to pay or sign, checked before anybody is asked."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from hanoismart.text import Text
from identity.oauth.errors import InvalidAuthorizationDetails

PAYMENT: Final = "payment_initiation"
SIGNING: Final = "document_signing"
MOST: Final = 5
MOST_DOCUMENTS: Final = 20
MOST_AMOUNT: Final = 10_000_000_000
"""In đồng; what a payment may really be is the payment provider's to say."""

Detail = dict[str, Any]


def parse(text: str | None, allowed: Sequence[str]) -> list[Detail]:
    """The details of a request, each of a type the client is registered for. Raises InvalidAuthorizationDetails."""
    if text is None:
        return []
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidAuthorizationDetails("authorization_details is not JSON") from error
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        raise InvalidAuthorizationDetails(f"authorization_details is an array of 1 to {MOST} objects")
    return [_one(detail, allowed) for detail in given]


def _one(detail: Any, allowed: Sequence[str]) -> Detail:
    kind = detail.get("type") if isinstance(detail, dict) else None
    if kind not in _CHECKS or kind not in allowed:
        raise InvalidAuthorizationDetails("a type is unknown or not registered for this client")
    fields, check = _CHECKS[kind]
    if detail.keys() - {"type"} - fields:
        raise InvalidAuthorizationDetails(f"{kind} has a field it does not know")
    check(detail)
    return dict(detail)


def _check_payment(detail: Detail) -> None:
    amount = detail.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= MOST_AMOUNT:
        raise InvalidAuthorizationDetails("amount is a whole number of đồng")
    if detail.get("currency") != "VND":
        raise InvalidAuthorizationDetails("currency is VND")
    _line(detail, "payee", 140)
    _line(detail, "reference", 64)


def _check_signing(detail: Detail) -> None:
    documents = detail.get("documents")
    if not isinstance(documents, list) or not 1 <= len(documents) <= MOST_DOCUMENTS:
        raise InvalidAuthorizationDetails(f"documents is an array of 1 to {MOST_DOCUMENTS}")
    for document in documents:
        if not isinstance(document, dict) or document.keys() != {"label", "digest"}:
            raise InvalidAuthorizationDetails("a document has a label and a digest")
        _line(document, "label", 140)
        if not _is_sha256(document["digest"]):
            raise InvalidAuthorizationDetails("a digest is the base64url of a SHA-256")


def _line(holder: Mapping[str, Any], name: str, most: int) -> None:
    value = holder.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        raise InvalidAuthorizationDetails(f"{name} is a line of at most {most} characters")


def _is_sha256(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 43 or not value.isascii():
        return False
    try:
        return len(base64.b64decode(value + "=", altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


_CHECKS: Final[dict[str, tuple[frozenset[str], Callable[[Detail], None]]]] = {
    PAYMENT: (frozenset({"amount", "currency", "payee", "reference"}), _check_payment),
    SIGNING: (frozenset({"documents"}), _check_signing),
}
TYPES: Final = tuple(_CHECKS)
OPERATIONS: Final = {PAYMENT: "pay", SIGNING: "sign"}
"""Which step-up operation a type is."""


def operations(text: str | None) -> frozenset[str]:
    """The step-up operations of details that were checked when they were pushed."""
    return frozenset(OPERATIONS[detail["type"]] for detail in orjson.loads(text)) if text else frozenset()


def described(detail: Detail) -> Text:
    """One detail as the person reads it before agreeing."""
    if detail["type"] == PAYMENT:
        amount = f"{detail['amount']:,}".replace(",", ".")
        return Text(
            vi=f"Thanh toán {amount} đ cho {detail['payee']}, nội dung: {detail['reference']}",
            en=f"Pay {amount} đ to {detail['payee']}, reference: {detail['reference']}",
        )
    labels = "; ".join(document["label"] for document in detail["documents"])
    return Text(vi=f"Ký {len(detail['documents'])} tài liệu: {labels}", en=f"Sign {len(detail['documents'])} documents: {labels}")
