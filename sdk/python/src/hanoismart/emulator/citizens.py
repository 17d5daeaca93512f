"""The twenty test citizens, the same everywhere a developer meets them; never real, never in production."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hanoismart import assurance

CODE: Final = "000000"
"""The one-time code of every test citizen."""
_NAMES: Final = ("Lan", "Minh", "Anna", "Hòa", "Thu")
_FAMILIES: Final = ("Nguyễn Thử", "Trần Thử", "Test", "Lê Thử", "Phạm Thử")
_WARDS: Final = (("00070", "Hoàn Kiếm"), ("00004", "Ba Đình"), ("00103", "Tây Hồ"), ("00167", "Cầu Giấy"), ("09556", "Hà Đông"))


@dataclass(frozen=True, slots=True)
class Citizen:
    """A test citizen. `level` is how sure the city is of them: 2 may open apps that ask `verified`."""

    number: int
    name: str
    phone: str
    ward_code: str
    ward: str
    level: int
    language: str

    @property
    def acr(self) -> str:
        return assurance.acr_of(self.level)

    def attributes(self) -> Mapping[str, str]:
        """What a backend may read of them, by scope."""
        return {
            "profile.name": self.name,
            "profile.level": str(self.level),
            "residence.ward": self.ward_code,
            "status.student": "yes" if self.number % 5 == 0 else "no",
            "status.elderly": "yes" if self.number % 7 == 0 else "no",
            "status.disability": "yes" if self.number == 11 else "no",
            "status.poor_household": "yes" if self.number == 13 else "no",
            "status.investor": "yes" if self.number % 10 == 3 else "no",
            "phone": self.phone,
            "email": f"citizen{self.number:02d}@test.example",
            "address": f"{self.number} phố Thử Nghiệm, {self.ward}",
            "personal_number.last4": f"{self.number:04d}",
        }


def _made(number: int) -> Citizen:
    which = (number - 1) % len(_NAMES)
    foreign = _NAMES[which] == "Anna"
    name = f"{_NAMES[which]} {_FAMILIES[which]}" if foreign else f"{_FAMILIES[which]} {_NAMES[which]}"
    level = 0 if number % 10 == 9 else 2
    return Citizen(number, f"{name} {number:02d}", f"+849000000{number:02d}", *_WARDS[which], level, "en" if foreign else "vi")


CITIZENS: Final = tuple(_made(number) for number in range(1, 21))


def citizen(number: int) -> Citizen:
    """The citizen of a number from 1 to 20; raises ValueError for any other."""
    if not 1 <= number <= len(CITIZENS):
        raise ValueError("there are twenty test citizens, 1 to 20")
    return CITIZENS[number - 1]
