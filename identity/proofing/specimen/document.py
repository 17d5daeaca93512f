"""What stands on a specimen document: an invented person's card or passport, and its machine-readable zone."""

from dataclasses import dataclass
from datetime import date

from identity.proofing.chip.lds import latin
from identity.proofing.chip.mrz import DocumentKind, Sex, check_digit

_SEX_LETTERS = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.UNSPECIFIED: "<"}


@dataclass(frozen=True, slots=True, repr=False)
class SpecimenDocument:
    """A document to be made. Names may carry marks: the zone writes them in plain Latin letters, DG13 as they are."""

    kind: DocumentKind
    issuer: str
    nationality: str
    surname: str
    given_names: str
    number: str
    birth_date: date
    sex: Sex
    expires_on: date
    personal_number: str = ""
    former_number: str = ""

    @classmethod
    def cccd(cls, full_name: str, personal_number: str, birth_date: date, sex: Sex, expires_on: date) -> "SpecimenDocument":
        """A Vietnamese identity card: surname first, the document number is the last nine of the twelve digits."""
        surname, _, given = full_name.partition(" ")
        return cls(
            kind=DocumentKind.IDENTITY_CARD,
            issuer="VNM",
            nationality="VNM",
            surname=surname,
            given_names=given,
            number=personal_number[-9:],
            birth_date=birth_date,
            sex=sex,
            expires_on=expires_on,
            personal_number=personal_number,
        )

    @classmethod
    def passport(
        cls, surname: str, given_names: str, number: str, birth_date: date, sex: Sex, expires_on: date, *, issuer: str = "UTO"
    ) -> "SpecimenDocument":
        """A passport of `issuer`; UTO (Utopia) is the specimen country reserved by ICAO 9303-3 section 5."""
        return cls(
            kind=DocumentKind.PASSPORT,
            issuer=issuer,
            nationality=issuer,
            surname=surname,
            given_names=given_names,
            number=number,
            birth_date=birth_date,
            sex=sex,
            expires_on=expires_on,
        )

    @property
    def full_name(self) -> str:
        return f"{self.surname} {self.given_names}".strip()

    def mrz(self) -> str:
        """The machine-readable zone without line breaks: 90 characters for a card, 88 for a passport (ICAO 9303-5, 9303-4)."""
        return self._td1() if self.kind is DocumentKind.IDENTITY_CARD else self._td3()

    def _td1(self) -> str:
        if len(self.number) <= 9:
            number = _filled(self.number, 9)
            first = number + check_digit(number) + _filled(self.personal_number, 15)
        else:  # the number runs on into the optional field
            first = self.number[:9] + "<" + _filled(self.number[9:] + check_digit(self.number) + "<", 15)
        birth, expiry = _dated(self.birth_date), _dated(self.expires_on)
        optional = _filled("", 11)
        composite = check_digit(first + birth + expiry + optional)
        second = birth + _SEX_LETTERS[self.sex] + expiry + _filled(self.nationality, 3) + optional + composite
        return "I<" + _filled(self.issuer, 3) + first + second + self._names(30)

    def _td3(self) -> str:
        number = _filled(self.number, 9)
        number += check_digit(number)
        birth, expiry = _dated(self.birth_date), _dated(self.expires_on)
        personal = _filled(self.personal_number, 14)
        personal += check_digit(personal)
        composite = check_digit(number + birth + expiry + personal)
        second = number + _filled(self.nationality, 3) + birth + _SEX_LETTERS[self.sex] + expiry + personal + composite
        return "P<" + _filled(self.issuer, 3) + self._names(39) + second

    def _names(self, length: int) -> str:
        return _filled(f"{latin(self.surname)}<<{latin(self.given_names)}".replace(" ", "<"), length)


def _filled(text: str, length: int) -> str:
    return text[:length].ljust(length, "<")


def _dated(day: date) -> str:
    text = day.strftime("%y%m%d")
    return text + check_digit(text)
