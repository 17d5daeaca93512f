"""Why a token was refused, one class per step, so that a developer is told what to mend instead of guessing."""

from typing import ClassVar

from hanoismart.text import Text


class TokenError(Exception):
    """A token that must not be believed; `step` names the check that failed, in the order the checks are made."""

    step: ClassVar[str] = "token"
    title: ClassVar[Text] = Text(vi="Mã không hợp lệ.", en="The token is not valid.")

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(f"{self.step}: {detail}" if detail else self.step)


class TokenMalformed(TokenError):
    step = "form"
    title = Text(vi="Mã không phải một JWS dạng gọn.", en="The token is not one compact JWS.")


class TokenAlgorithmRefused(TokenError):
    step = "algorithm"
    title = Text(vi="Chỉ chấp nhận chữ ký Ed25519.", en="Only Ed25519 signatures are accepted.")


class TokenTypeWrong(TokenError):
    step = "type"
    title = Text(vi="Mã thuộc loại khác.", en="The token is of another type.")


class TokenKeyUnknown(TokenError):
    step = "key"
    title = Text(vi="Không biết khóa đã ký mã này.", en="The key that signed the token is not known.")


class TokenSignatureInvalid(TokenError):
    step = "signature"
    title = Text(vi="Chữ ký không đúng với nội dung.", en="The signature does not fit the content.")


class TokenClaimsInvalid(TokenError):
    step = "claims"
    title = Text(vi="Nội dung của mã thiếu hoặc sai kiểu.", en="The token's claims are missing or malformed.")


class TokenIssuerWrong(TokenError):
    step = "issuer"
    title = Text(vi="Mã do nơi khác cấp.", en="The token comes from another issuer.")


class TokenAudienceWrong(TokenError):
    step = "audience"
    title = Text(vi="Mã dành cho ứng dụng khác.", en="The token is meant for another app.")


class TokenNotYetValid(TokenError):
    step = "not_yet_valid"
    title = Text(vi="Mã có thời điểm cấp ở tương lai.", en="The token was issued in the future.")


class TokenExpired(TokenError):
    step = "expired"
    title = Text(vi="Mã đã hết hạn.", en="The token has expired.")


class TokenReused(TokenError):
    step = "reused"
    title = Text(vi="Mã đã được dùng.", en="The token was used before.")
