"""Why a package is not taken."""

from collections.abc import Iterable

from hanoismart.manifest.rules import Finding
from hanoismart.problems import Problem
from hanoismart.text import Text


class PackageNotAccepted(Problem):
    code = "packages.refused"
    status = 422
    title = Text(vi="Gói vi phạm quy tắc", en="The package breaks rules")

    @classmethod
    def because(cls, findings: Iterable[Finding]) -> "PackageNotAccepted":
        return cls(findings=[one.as_json() for one in findings])


class SignatureNotAccepted(Problem):
    """`step`: missing, form, header, environment, key or signature."""

    code = "packages.signature_refused"
    status = 422
    title = Text(vi="Chữ ký của gói không được chấp nhận", en="The package's signature is not accepted")


class OtherApp(Problem):
    code = "packages.other_app"
    status = 422
    title = Text(vi="Gói thuộc một ứng dụng khác", en="The package belongs to another app")


class SubmissionsSpent(Problem):
    """Kept: what was tried counts although it is refused."""

    code = "packages.submissions_spent"
    status = 429
    keep = True
    title = Text(vi="Ứng dụng đã gửi đủ số phiên bản trong 24 giờ", en="The app has submitted its versions of these 24 hours")


class TooManySubmissions(Problem):
    code = "packages.too_many_submissions"
    status = 429
    title = Text(vi="Quá nhiều phiên bản đang chờ xem xét", en="Too many versions wait for review")
