"""Why an upload is refused, with the statuses tus 1.0.0 asks for."""

from typing import ClassVar

from hanoismart.problems import Problem
from hanoismart.text import Text

VERSION = "1.0.0"


class UploadProblem(Problem):
    """Base of the refusals: each answer names the version of the protocol (tus 1.0.0, Tus-Resumable)."""

    status: ClassVar[int] = 400

    def __init__(self, detail: Text | None = None, *, headers: dict[str, str] | None = None, **extra: object) -> None:
        super().__init__(detail, headers={"Tus-Resumable": VERSION} | (headers or {}), **extra)


class UploadNotFound(UploadProblem):
    code = "uploads.not_found"
    status = 404
    title = Text(vi="Không có tệp tải lên này", en="There is no such upload")


class UploadGone(UploadProblem):
    code = "uploads.expired"
    status = 410
    title = Text(vi="Tệp tải lên đã hết hạn", en="The upload has expired")


class UploadUnfinished(UploadProblem):
    code = "uploads.unfinished"
    status = 409
    title = Text(vi="Tệp chưa được tải lên xong", en="The upload is not finished")


class UploadRefused(UploadProblem):
    """The content was found wanting; what exactly is told where it is known."""

    code = "uploads.refused"
    status = 422
    title = Text(vi="Tệp tải lên đã bị từ chối", en="The upload was refused")


class UploadTaken(UploadRefused):
    code = "uploads.taken"
    status = 409
    title = Text(vi="Tệp tải lên đã được sử dụng", en="The upload was used already")


class ContentRefused(UploadRefused):
    code = "uploads.content_refused"
    title = Text(vi="Nội dung tệp không thuộc loại được nhận", en="The content of the file is not of a kind taken here")


class Infected(UploadRefused):
    code = "uploads.infected"
    title = Text(vi="Tệp chứa mã độc", en="The file holds malicious code")


class ScannerAway(UploadProblem):
    code = "uploads.scanner_away"
    status = 503
    title = Text(
        vi="Chưa kiểm tra được mã độc, vui lòng thử lại sau", en="The file could not be scanned for malicious code, please try again later"
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


class VersionUnsupported(UploadProblem):
    code = "uploads.version_unsupported"
    status = 412
    title = Text(vi="Cần Tus-Resumable: 1.0.0", en="Tus-Resumable: 1.0.0 is needed")

    def __init__(self) -> None:
        super().__init__(headers={"Tus-Version": VERSION})


class LengthInvalid(UploadProblem):
    code = "uploads.length_invalid"
    title = Text(vi="Upload-Length phải là số nguyên dương", en="Upload-Length must be a positive integer")


class OffsetInvalid(UploadProblem):
    code = "uploads.offset_invalid"
    title = Text(vi="Upload-Offset phải là số nguyên không âm", en="Upload-Offset must be a non-negative integer")


class MetadataInvalid(UploadProblem):
    code = "uploads.metadata_invalid"
    title = Text(vi="Upload-Metadata không hợp lệ", en="The Upload-Metadata is not valid")


class PurposeUnknown(UploadProblem):
    code = "uploads.purpose_unknown"
    status = 422
    title = Text(vi="Không có mục đích tải lên này", en="There is no such purpose of uploads")


class UploadTooLarge(UploadProblem):
    code = "uploads.too_large"
    status = 413
    title = Text(vi="Tệp quá lớn", en="The file is too large")


class TooManyUploads(UploadProblem):
    code = "uploads.too_many"
    status = 429
    title = Text(vi="Bạn đang có quá nhiều tệp tải lên dở dang", en="You have too many uploads under way")


class OffsetWrong(UploadProblem):
    code = "uploads.offset_wrong"
    status = 409
    title = Text(vi="Tệp đã nhận được số byte khác", en="Another number of bytes has arrived")


class UploadLocked(UploadProblem):
    code = "uploads.locked"
    status = 423
    title = Text(vi="Một yêu cầu khác đang ghi tệp này", en="Another request is writing this upload")


class MediaTypeWrong(UploadProblem):
    code = "uploads.media_type_wrong"
    status = 415
    title = Text(vi="Cần application/offset+octet-stream", en="application/offset+octet-stream is needed")


class ChecksumInvalid(UploadProblem):
    code = "uploads.checksum_invalid"
    title = Text(vi="Upload-Checksum không hợp lệ", en="The Upload-Checksum is not valid")


class ChecksumWrong(UploadProblem):
    code = "uploads.checksum_wrong"
    status = 460  # tus 1.0.0, checksum: a status of its own
    title = Text(vi="Dữ liệu không khớp tổng kiểm tra", en="The bytes do not match their checksum")


class SenderStalled(UploadProblem):
    code = "uploads.stalled"
    status = 408
    title = Text(vi="Kết nối bị gián đoạn, hãy gửi tiếp từ vị trí đã nhận", en="The sending stopped, go on from where it arrived")


class MethodUnknown(UploadProblem):
    code = "uploads.method_unknown"
    status = 405
    title = Text(vi="Phương thức không được hỗ trợ cho tệp tải lên", en="The method is not supported for an upload")
