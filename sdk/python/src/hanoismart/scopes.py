"""Everything a mini-app may ask of a person, by name, so that hub, consent sheet and developer speak of the same thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hanoismart.text import Text


class Sensitivity(StrEnum):
    """How much harm a leak would do; `sensitive` scopes need two reviewers."""

    ORDINARY = "ordinary"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Delivery(StrEnum):
    """How what a scope opens reaches the mini-app."""

    TOKEN = "token"  # noqa: S105 - a claim in a signed token or assertion
    REDEEM = "redeem"  # never in a token: a one-time code that the backend redeems, each reading is shown to the person
    ACT = "act"  # no data: the backend may do something for the person


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of data or act; `reveals` is what the consent sheet says."""

    name: str
    reveals: Text
    sensitivity: Sensitivity
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Permission:
    """One ability of the device, granted through the host; `feature` is its Permissions-Policy name where a page may use it itself."""

    name: str
    reveals: Text
    sensitivity: Sensitivity
    feature: str | None = None


class UnknownScope(ValueError):
    """Names that are no scope of ours; `names` holds them in order."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(f"unknown scopes: {len(self.names)}")


def _table(*rows: Scope) -> Mapping[str, Scope]:
    return MappingProxyType({row.name: row for row in rows})


_ORDINARY, _PERSONAL, _SENSITIVE = Sensitivity.ORDINARY, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
_TOKEN, _REDEEM, _ACT = Delivery.TOKEN, Delivery.REDEEM, Delivery.ACT

SCOPES: Mapping[str, Scope] = _table(
    Scope("profile.name", Text(vi="Họ và tên của bạn", en="Your name"), _PERSONAL, _TOKEN),
    Scope("profile.level", Text(vi="Mức xác thực danh tính của bạn", en="How well your identity is verified"), _ORDINARY, _TOKEN),
    Scope("residence.ward", Text(vi="Phường, xã nơi bạn cư trú", en="The ward or commune you live in"), _PERSONAL, _TOKEN),
    Scope("status.student", Text(vi="Bạn là học sinh, sinh viên", en="That you are a pupil or student"), _PERSONAL, _TOKEN),
    Scope("status.elderly", Text(vi="Bạn là người cao tuổi", en="That you are an elderly person"), _PERSONAL, _TOKEN),
    Scope("status.disability", Text(vi="Bạn là người khuyết tật", en="That you live with a disability"), _SENSITIVE, _REDEEM),
    Scope("status.poor_household", Text(vi="Gia đình bạn thuộc hộ nghèo", en="That your household is poor"), _SENSITIVE, _REDEEM),
    Scope("status.investor", Text(vi="Bạn là nhà đầu tư", en="That you are an investor"), _PERSONAL, _TOKEN),
    Scope("phone", Text(vi="Số điện thoại của bạn", en="Your phone number"), _SENSITIVE, _REDEEM),
    Scope("email", Text(vi="Địa chỉ thư điện tử của bạn", en="Your e-mail address"), _SENSITIVE, _REDEEM),
    Scope("address", Text(vi="Địa chỉ nơi ở của bạn", en="Your home address"), _SENSITIVE, _REDEEM),
    Scope(
        "personal_number.last4",
        Text(vi="Bốn số cuối của số định danh cá nhân", en="The last four digits of your personal number"),
        _SENSITIVE,
        _REDEEM,
    ),
    Scope("payments.charge", Text(vi="Gửi yêu cầu thanh toán để bạn duyệt", en="Send you payment requests to approve"), _PERSONAL, _ACT),
    Scope("notifications.send", Text(vi="Gửi thông báo cho bạn", en="Send you notifications"), _ORDINARY, _ACT),
)

PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    {
        row.name: row
        for row in (
            Permission("location.coarse", Text(vi="Vị trí gần đúng của bạn", en="Your approximate location"), _PERSONAL),
            Permission("location.fine", Text(vi="Vị trí chính xác của bạn", en="Your exact location"), _SENSITIVE, "geolocation"),
            Permission("camera", Text(vi="Máy ảnh của thiết bị", en="The camera of your device"), _SENSITIVE, "camera"),
            Permission("microphone", Text(vi="Micrô của thiết bị", en="The microphone of your device"), _SENSITIVE, "microphone"),
            Permission("scan.qr", Text(vi="Quét mã QR", en="Scan QR codes"), _ORDINARY),
            Permission("media.pick", Text(vi="Ảnh và tệp bạn chọn", en="Pictures and files you choose"), _PERSONAL),
            Permission("media.save", Text(vi="Lưu ảnh vào thiết bị", en="Save pictures to your device"), _ORDINARY),
        )
    }
)


_HARMLESS = Permission("", Text(vi="không có gì", en="nothing"), _ORDINARY)  # stands for any name we do not know


def parse(text: str) -> frozenset[str]:
    """The scopes of a space-separated list (RFC 6749, section 3.3); raises UnknownScope for a name that is not ours."""
    return known(text.split(" ") if text else ())


def known(names: Iterable[str]) -> frozenset[str]:
    """The same names as a set; raises UnknownScope for any that is not ours."""
    found = frozenset(names)
    if strangers := found - SCOPES.keys():
        raise UnknownScope(strangers)
    return found


def format_scopes(names: Iterable[str]) -> str:
    """The space-separated list, each name once and in alphabetical order, so that equal sets look equal."""
    return " ".join(sorted(set(names)))


def intersect(first: Iterable[str], *others: Iterable[str]) -> frozenset[str]:
    """What every one of the sets holds: consented, asked by the manifest, approved."""
    return frozenset(first).intersection(*others)


def claims_allowed(names: Iterable[str]) -> frozenset[str]:
    """Those scopes whose value may stand in a signed token; the others are redeemed or are acts."""
    return frozenset(name for name in names if name in SCOPES and SCOPES[name].delivery is Delivery.TOKEN)


def sensitive(names: Iterable[str]) -> frozenset[str]:
    """Those scopes and permissions that two reviewers must approve."""
    return frozenset(name for name in names if (SCOPES.get(name) or PERMISSIONS.get(name, _HARMLESS)).sensitivity is Sensitivity.SENSITIVE)
