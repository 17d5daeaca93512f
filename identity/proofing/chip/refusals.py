"""Every reason a chip can be refused for, one class each, so that a client can tell the person what to do."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class ChipRefused(Problem):
    """A chip that proves nothing. Nothing of it is stored; `step` says which check refused it and never carries what the chip said."""

    status = 422
    keep = True  # the nonce it was read for is burnt

    def __init__(self, step: str | None = None) -> None:
        """`step`: a short fixed word of ours, published for support staff."""
        super().__init__()
        if step is not None:
            self.extra["step"] = step


class SodMalformed(ChipRefused):
    code = "proofing.sod_malformed"
    title = Text(vi="Dữ liệu bảo mật của chip không đúng định dạng", en="The security object of the chip is malformed")


class DataGroupMalformed(ChipRefused):
    code = "proofing.data_group_malformed"
    title = Text(vi="Một nhóm dữ liệu của chip không đúng định dạng", en="A data group of the chip is malformed")


class DataGroupMissing(ChipRefused):
    code = "proofing.data_group_missing"
    title = Text(vi="Thiếu một nhóm dữ liệu bắt buộc của chip", en="A required data group of the chip is missing")


class DataGroupAltered(ChipRefused):
    code = "proofing.data_group_altered"
    title = Text(
        vi="Dữ liệu trên chip không khớp với chữ ký của cơ quan cấp", en="The data of the chip differs from what its issuer signed"
    )


class TrailingBytes(ChipRefused):
    code = "proofing.trailing_bytes"
    title = Text(vi="Dữ liệu chip có phần thừa ở cuối", en="The chip's data carries bytes after its end")


class ChipTooLarge(ChipRefused):
    code = "proofing.chip_too_large"
    title = Text(vi="Dữ liệu chip lớn hơn mức cho phép", en="The chip's data is larger than any real chip's")


class HashAlgorithmRefused(ChipRefused):
    code = "proofing.hash_algorithm_refused"
    title = Text(vi="Chip dùng thuật toán băm không còn an toàn", en="The chip uses a hash algorithm that is no longer safe")


class SignatureAlgorithmRefused(ChipRefused):
    code = "proofing.signature_algorithm_refused"
    title = Text(vi="Chip dùng thuật toán ký không được chấp nhận", en="The chip uses a signature algorithm that is not accepted")


class SignatureInvalid(ChipRefused):
    code = "proofing.signature_invalid"
    title = Text(vi="Chữ ký trên chip không hợp lệ", en="The chip's signature is not valid")


class SignerUnknown(ChipRefused):
    code = "proofing.signer_unknown"
    title = Text(vi="Không xác định được cơ quan ký dữ liệu chip", en="The chip was signed by an authority that is not known here")


class SignerUnsuitable(ChipRefused):
    code = "proofing.signer_unsuitable"
    title = Text(vi="Chứng thư ký không dùng để ký giấy tờ tùy thân", en="The signing certificate is not one that may sign documents")


class SignerExpired(ChipRefused):
    code = "proofing.signer_expired"
    title = Text(vi="Chứng thư ký không có hiệu lực vào ngày ký", en="The signing certificate was not valid on the day of signing")


class SignerRevoked(ChipRefused):
    code = "proofing.signer_revoked"
    title = Text(vi="Chứng thư ký đã bị thu hồi", en="The signing certificate has been revoked")


class WrongCountry(ChipRefused):
    code = "proofing.wrong_country"
    title = Text(
        vi="Nước ký dữ liệu khác với nước cấp giấy tờ", en="The chip was signed by another country than the one that issued the document"
    )


class MrzInvalid(ChipRefused):
    code = "proofing.mrz_invalid"
    title = Text(vi="Dòng đọc máy của giấy tờ không hợp lệ", en="The machine-readable lines of the document are not valid")


class DocumentExpired(ChipRefused):
    code = "proofing.document_expired"
    title = Text(vi="Giấy tờ đã hết hạn", en="The document has expired")


class ActiveAuthenticationMissing(ChipRefused):
    code = "proofing.active_authentication_missing"
    title = Text(vi="Chip không hỗ trợ xác thực chống sao chép", en="The chip offers no proof that it is not a copy")


class ActiveAuthenticationFailed(ChipRefused):
    code = "proofing.active_authentication_failed"
    title = Text(vi="Chip không chứng minh được là chip gốc", en="The chip did not prove that it is the original")


class ChipAuthenticationMissing(ChipRefused):
    code = "proofing.chip_authentication_missing"
    title = Text(vi="Cần xác thực chip trước khi gửi dữ liệu", en="The chip must be authenticated before what was read is handed in")


class ChipAuthenticationFailed(ChipRefused):
    code = "proofing.chip_authentication_failed"
    title = Text(vi="Chip không trả lời đúng yêu cầu xác thực", en="The chip did not answer as the original would")
