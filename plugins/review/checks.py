"""What machines look for in a submitted version before people do; each finding tells the developer what to mend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.gateway.paths import Routes
from hanoismart.manifest import PLATFORM, Manifest, newly_asked
from hanoismart.manifest.rules import Finding, table
from hanoismart.package import Package, openapi
from hanoismart.scopes import sensitive
from hanoismart.text import Text
from identity.api.organisations import Organisation, OrganisationKind
from plugins.developers import naming
from plugins.registry.lookalikes import foreign_letters
from plugins.registry.models import MiniApp

RULES: Final = table(
    ("HS3001", "Tên dùng chữ cái của hệ chữ khác.", "A name uses letters of another script.",
     "Dùng chữ cái La-tinh trong tên.", "Use Latin letters in names."),
    ("HS3002", "Tên trông giống ứng dụng {twin} của tổ chức khác.", "A name looks like {twin}, another organisation's app.",
     "Chọn tên khác biệt rõ ràng.", "Choose a name that is clearly different."),
    ("HS3003", "Máy chủ không thuộc tên miền tổ chức đã chứng minh.", "The backend is not under a domain the organisation proved.",
     "Chứng minh tên miền {host} trước.", "Prove the domain {host} first."),
    ("HS3004", "Đường dẫn công khai {route} không có trong tài liệu OpenAPI.", "The public route {route} is not in the OpenAPI document.",
     "Thêm vào OpenAPI hoặc bỏ khỏi hs.backend.public.", "Add it to the OpenAPI document or take it out of hs.backend.public."),
    ("HS3005", "Phiên bản xin thêm: {asked}. Mọi người sẽ được hỏi lại.", "The version asks for more: {asked}. All are asked again.",
     "Không cần sửa nếu đúng ý định.", "Nothing to mend if it is meant."),
    ("HS3006", "Phạm vi nhạy cảm ({asked}) cần hai người duyệt.", "Sensitive scopes ({asked}) need two reviewers.",
     "Chỉ xin khi thật sự cần.", "Ask only for what is really needed."),
    ("HS3007", "Thu tiền bằng mã cơ quan cần tổ chức là cơ quan nhà nước.", "Charging by an agency code is for agencies.",
     "Bỏ hs.payments.agency_code.", "Take hs.payments.agency_code out."),
    ("HS3008", "Ứng dụng có máy chủ nhưng chưa đăng ký khóa của máy chủ.", "The app has a backend whose keys are not registered.",
     "Đăng ký khóa bằng hs app backend-keys.", "Register its keys with hs app backend-keys."),
    ("HS3009", "Chưa có công cụ quét mã độc nào xem gói này.", "No scanner has looked at this package.",
     "Không cần sửa.", "Nothing to mend."),
    ("HS3010", "Không còn đọc được gói đã tải lên.", "The uploaded package can no longer be read.",
     "Tăng version.code và gửi lại.", "Raise version.code and submit it again."),
    ("HS3011", "Địa chỉ webhook không thuộc tên miền tổ chức đã chứng minh.", "The webhook is not under a domain the organisation proved.",
     "Chứng minh tên miền {host} trước, hoặc bỏ hs.webhooks.url.", "Prove the domain {host} first, or take hs.webhooks.url out."),
    ("HS3012", "Phiên bản cần nền tảng mới hơn.", "The version needs a newer platform than this one.",
     "Đặt min_code không quá {platform}.", "Make min_code at most {platform}."),
)  # fmt: skip
NOTES: Final = frozenset({"HS3004", "HS3005", "HS3006", "HS3008", "HS3009"})
"""Told to developer and reviewer; they do not stop a version."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All findings of a version, and whether it may go on to people."""

    findings: Sequence[Finding]
    passed: bool

    def report(self, app_id: str, version_code: int) -> dict[str, Any]:
        """In the form of SARIF 2.1.0, with both languages in each message."""
        return {
            "version": "2.1.0",
            "app_id": app_id,
            "version_code": version_code,
            "passed": self.passed,
            "runs": [{"tool": {"driver": {"name": "HanoiSmart registry"}}, "results": [_result(one) for one in self.findings]}],
        }


async def judge(
    session: AsyncSession, app: MiniApp, owner: Organisation, found: Package, live: Manifest | None, *, scanned: bool
) -> Judged:
    """Everything machines can say about a package whose archive and signature hold."""
    manifest = found.manifest
    findings = [*found.warnings, *_platform(manifest), *_asked(manifest, live), *_routes(found), *_paid(manifest, owner)]
    findings += await _names(session, app, owner, manifest)
    findings += await _home(session, owner, manifest)
    if manifest.hs.backend is not None and not app.backend_jwks:
        findings.append(_finding("HS3008", "/hs/backend"))
    if not scanned:
        findings.append(_finding("HS3009", ""))
    return Judged(findings, all(_level(one) != "error" for one in findings))


def sensitive_of(manifest: Manifest) -> list[str]:
    """What two people must look at."""
    return sorted(sensitive(manifest.scope_names | manifest.permission_names))


async def _names(session: AsyncSession, app: MiniApp, owner: Organisation, manifest: Manifest) -> list[Finding]:
    found: list[Finding] = []
    told = (manifest.localised("vi"), manifest.localised("en"))
    for name in dict.fromkeys(name for one in told for name in (one.name, one.short_name)):
        if foreign_letters(name):
            found.append(_finding("HS3001", "/name"))
        if (twin := await naming.twin_of(session, app.app_id, owner, name)) is not None:
            found.append(_finding("HS3002", "/name", twin=twin))
    return found


async def _home(session: AsyncSession, owner: Organisation, manifest: Manifest) -> list[Finding]:
    """What people do in an app is sent nowhere but to its organisation."""
    backend, hooks = manifest.hs.backend, manifest.hs.webhooks
    places = {
        ("HS3003", "/hs/backend/base_url"): backend.base_url if backend is not None else None,
        ("HS3011", "/hs/webhooks/url"): hooks.url if hooks is not None else None,
    }
    found = []
    for (rule, pointer), url in places.items():
        host = urlsplit(url or "").hostname or ""
        if url is not None and not await naming.holds(session, owner, host):
            found.append(_finding(rule, pointer, host=host))
    return found


def _platform(manifest: Manifest) -> list[Finding]:
    if manifest.platform_version.min_code <= PLATFORM:
        return []
    return [_finding("HS3012", "/platform_version/min_code", platform=str(PLATFORM))]


def _asked(manifest: Manifest, live: Manifest | None) -> list[Finding]:
    found = []
    if live is not None and (more := newly_asked(live, manifest)):
        found.append(_finding("HS3005", "/hs/scopes", asked=", ".join(sorted(more))))
    if delicate := sensitive_of(manifest):
        found.append(_finding("HS3006", "/hs/scopes", asked=", ".join(delicate)))
    return found


def _routes(found: Package) -> list[Finding]:
    backend = found.manifest.hs.backend
    document = openapi(found.files, backend.openapi) if backend is not None and backend.openapi is not None else None
    if backend is None or document is None:
        return []
    known = {(route.method, route.segments) for route in Routes.of_openapi(document).routes}
    plain = (pattern for pattern in backend.public if not pattern.endswith("/**"))
    return [
        _finding("HS3004", "/hs/backend/public", route=pattern)
        for pattern in plain
        if any((route.method, route.segments) not in known for route in Routes.public([pattern]).routes)
    ]


def _paid(manifest: Manifest, owner: Organisation) -> list[Finding]:
    if manifest.hs.payments.agency_code is not None and owner.kind is OrganisationKind.ENTERPRISE:
        return [_finding("HS3007", "/hs/payments/agency_code")]
    return []


def _finding(rule: str, pointer: str, **values: str) -> Finding:
    row = RULES[rule]
    fix = Text(vi=row.fix.vi.format(**values), en=row.fix.en.format(**values))
    return Finding(rule, pointer, row.says.vi.format(**values), row.says.en.format(**values), fix)


UNREADABLE: Final = Judged([_finding("HS3010", "")], passed=False)


def _level(one: Finding) -> str:
    return "note" if one.rule in NOTES else "warning" if one.rule.startswith("HS21") else "error"


def _result(one: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"pointer": one.pointer}
    if one.file is not None:
        place |= {"file": one.file, "line": one.line}
    return {
        "ruleId": one.rule,
        "level": _level(one),
        "message": {"vi": one.vi, "en": one.en},
        "location": place,
        "fix": {"vi": one.fix.vi, "en": one.fix.en},
    }
