"""Vietnamese tax codes of enterprises: ten digits with a check digit, three more for a dependent unit."""

import re

_SHAPE = re.compile(r"[0-9]{10}([0-9]{3})?")
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def is_tax_code(code: str) -> bool:
    """Whether the tenth digit is what the first nine ask for: ten minus their weighted sum modulo 11 (Circular 105/2020/TT-BTC Art. 5).

    A dependent unit's number runs from 001 to 999.
    """
    if not _SHAPE.fullmatch(code) or code[10:] == "000":
        return False
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, code, strict=False))
    return 10 - weighed % 11 == int(code[9])
