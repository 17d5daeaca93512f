"""VietQR: the EMVCo merchant-presented QR code with NAPAS' own template (NAPAS v1.5.2), written and read."""

import binascii
import re
import unicodedata
from dataclasses import dataclass

NAPAS = "A000000727"
LONGEST_ACCOUNT, LONGEST_PURPOSE, LONGEST_AMOUNT = 19, 25, 13
_STATIC, _DYNAMIC = "11", "12"
_SERVICE = {"QRIBFTTA": False, "QRIBFTTC": True}  # transfer to an account, to a card
_STROKE = str.maketrans("đĐ", "dD")


class VietQRInvalid(ValueError):
    """The text is no VietQR code, or the values cannot stand in one."""


@dataclass(frozen=True, slots=True)
class VietQR:
    bank_bin: str
    account: str
    card: bool = False
    amount: int | None = None
    """Whole đồng; None leaves the amount to the payer."""
    bill: str | None = None
    purpose: str | None = None
    """At most 25 ASCII characters; the bank prints it on the transfer."""
    name: str | None = None
    city: str | None = None


def ascii_fold(text: str) -> str:
    """Vietnamese without its marks, anything else that is not printable ASCII left out: lengths count characters, readers count bytes."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKE))
    return "".join(letter for letter in decomposed if " " <= letter <= "~")


def build(code: VietQR) -> str:
    """The text of the QR code. Raises VietQRInvalid when a value does not fit; texts are folded to ASCII first."""
    if not re.fullmatch(r"[0-9]{6}", code.bank_bin) or not re.fullmatch(rf"[0-9A-Za-z]{{1,{LONGEST_ACCOUNT}}}", code.account):
        raise VietQRInvalid("a bank's BIN has 6 digits, an account 1 to 19 letters and digits")
    if code.amount is not None and not (code.amount > 0 and len(str(code.amount)) <= LONGEST_AMOUNT):
        raise VietQRInvalid("an amount is positive and has at most 13 digits")
    beneficiary = _field("00", code.bank_bin) + _field("01", code.account)
    service = next(name for name, card in _SERVICE.items() if card is code.card)
    extra = _optional("01", code.bill) + _optional("08", code.purpose, LONGEST_PURPOSE)
    parts = [
        _field("00", "01"),
        _field("01", _STATIC if code.amount is None and not extra else _DYNAMIC),
        _field("38", _field("00", NAPAS) + _field("01", beneficiary) + _field("02", service)),
        _field("53", "704"),
        _optional("54", None if code.amount is None else str(code.amount)),
        _field("58", "VN"),
        _optional("59", code.name),
        _optional("60", code.city, 15),
        _optional("62", extra or None, 99),
        "6304",
    ]
    text = "".join(parts)
    return text + checksum(text)


def parse(text: str) -> VietQR:
    """Raises VietQRInvalid. Unknown fields are passed over, as the standard asks."""
    if len(text) < 8 or not text.isascii() or text[-8:-4] != "6304" or text[-4:] != checksum(text[:-4]):
        raise VietQRInvalid("the checksum is wrong")
    fields = _fields(text[:-8])
    account = _fields(_need(fields, "38"))
    if fields.get("00") != "01" or account.get("00") != NAPAS or fields.get("53") != "704":
        raise VietQRInvalid("not a NAPAS code in đồng")
    beneficiary, extra = _fields(_need(account, "01")), _fields(fields.get("62", ""))
    service, amount = account.get("02", "QRIBFTTA"), fields.get("54")
    if service not in _SERVICE:
        raise VietQRInvalid("not a transfer to an account or a card")
    if amount is not None and not re.fullmatch(r"[1-9][0-9]{0,12}", amount):
        raise VietQRInvalid("the amount is not whole đồng")
    return VietQR(
        bank_bin=_need(beneficiary, "00"),
        account=_need(beneficiary, "01"),
        card=_SERVICE[service],
        amount=int(amount) if amount else None,
        bill=extra.get("01"),
        purpose=extra.get("08"),
        name=fields.get("59"),
        city=fields.get("60"),
    )


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE as four upper-case hexadecimal digits; "123456789" gives 29B1."""
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def _field(tag: str, value: str) -> str:
    if not 0 < len(value) <= 99:
        raise VietQRInvalid(f"field {tag} has 1 to 99 characters")
    return f"{tag}{len(value):02d}{value}"


def _optional(tag: str, value: str | None, longest: int = 25) -> str:
    folded = ascii_fold(value or "").strip()
    if len(folded) > longest:
        raise VietQRInvalid(f"field {tag} has at most {longest} characters")
    return _field(tag, folded) if folded else ""


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while text:
        head, length = text[:2], text[2:4]
        if len(head) < 2 or not (head + length).isdigit() or len(length) < 2 or len(text) < 4 + int(length) or head in found:
            raise VietQRInvalid("the fields do not add up")
        found[head], text = text[4 : 4 + int(length)], text[4 + int(length) :]
    return found


def _need(fields: dict[str, str], tag: str) -> str:
    if tag not in fields:
        raise VietQRInvalid(f"field {tag} is missing")
    return fields[tag]
