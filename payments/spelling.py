"""Amounts in words, as a receipt must show them (Decree 123/2020), in Vietnamese and English."""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", " nghìn", " triệu")
_ONES = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"  # noqa: SIM905 (reads better)
    " seventeen eighteen nineteen".split()
)
_TENS = tuple("_ _ twenty thirty forty fifty sixty seventy eighty ninety".split())  # noqa: SIM905 (as above)
_ENGLISH_SCALES = ("", " thousand", " million", " billion", " trillion", " quadrillion")
LARGEST = 10**18


def dong_vi(amount: int) -> str:
    """`Một trăm tám mươi nghìn đồng`. Raises ValueError below zero or from 10^18 up."""
    return f"{_sentence(vietnamese(amount))} đồng"


def dong_en(amount: int) -> str:
    """`One hundred eighty thousand dong`. Raises ValueError below zero or from 10^18 up."""
    return f"{_sentence(english(amount))} dong"


def vietnamese(number: int) -> str:
    """A number in words. Raises ValueError below zero or from 10^18 up."""
    _check(number)
    if number == 0:
        return _DIGITS[0]
    words: list[str] = []
    # Vietnamese counts in billions (tỷ): above them the same names begin anew, as in "nghìn tỷ".
    billions, rest = divmod(number, 10**9)
    if billions:
        words.append(f"{vietnamese(billions)} tỷ")
    for power in (2, 1, 0):
        group = rest // 1000**power % 1000
        if group:
            words.append(_group(group, full=bool(words)) + _SCALES[power])
    return " ".join(words)


def _group(group: int, *, full: bool) -> str:
    """Three digits; `full` says the hundreds although they are zero, because something stands before them."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens == 0 and ones:
        words += (["linh"] if words else []) + [_DIGITS[ones]]
    elif tens:
        words.append("mười" if tens == 1 else f"{_DIGITS[tens]} mươi")
        if ones:
            words.append(_after_tens(tens, ones))
    return " ".join(words)


def _after_tens(tens: int, ones: int) -> str:
    """Ones change their name behind tens: hai mươi mốt, hai mươi tư, mười lăm."""
    if ones == 5:
        return "lăm"
    if tens > 1 and ones in {1, 4}:
        return "mốt" if ones == 1 else "tư"
    return _DIGITS[ones]


def english(number: int) -> str:
    """A number in words. Raises ValueError below zero or from 10^18 up."""
    _check(number)
    if number == 0:
        return _ONES[0]
    words = []
    for power in range(len(_ENGLISH_SCALES) - 1, -1, -1):
        group = number // 1000**power % 1000
        if group:
            words.append(_english_group(group) + _ENGLISH_SCALES[power])
    return " ".join(words)


def _english_group(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        words.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
    elif rest:
        words.append(_ONES[rest])
    return " ".join(words)


def _check(number: int) -> None:
    if not 0 <= number < LARGEST:
        raise ValueError("only amounts from 0 to below 10^18 are spelled")


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
