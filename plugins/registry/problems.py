"""Why the registry refuses."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class AppNotFound(Problem):
    code = "miniapps.not_found"
    status = 404
    title = Text(vi="Không có ứng dụng này", en="There is no such app")


class AppSuspended(Problem):
    code = "miniapps.suspended"
    status = 403
    title = Text(vi="Ứng dụng đang bị tạm dừng", en="The app is suspended")


class ManifestRefused(Problem):
    code = "miniapps.manifest_refused"
    status = 422
    title = Text(vi="Manifest vi phạm quy tắc", en="The manifest breaks rules")


class VersionNotRising(Problem):
    code = "miniapps.version_not_rising"
    status = 409
    title = Text(vi="version.code phải lớn hơn phiên bản trước", en="version.code must be above the version before")


class VersionAltered(Problem):
    code = "miniapps.version_altered"
    status = 409
    title = Text(vi="Mã phiên bản này đã dùng cho nội dung khác", en="This version code was used for other content")


class NothingToRollBackTo(Problem):
    code = "miniapps.nothing_to_roll_back_to"
    status = 409
    title = Text(vi="Không có phiên bản trước", en="There is no previous version")


class VersionNotFound(Problem):
    code = "miniapps.version_not_found"
    status = 404
    title = Text(vi="Không có phiên bản này", en="There is no such version")
