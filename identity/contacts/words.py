"""What a one-time code comes with: who sends it, what it is for, and that nobody asks for it."""

from typing import Final

from hanoismart.text import Text
from identity.contacts.models import CodePurpose

SUBJECT: Final = Text(vi="HanoiSmart: mã xác minh", en="HanoiSmart: verification code")
_PROVE: Final = Text(
    vi="HanoiSmart: mã xác minh của bạn là {code}. Không đưa mã này cho bất kỳ ai.",
    en="HanoiSmart: your verification code is {code}. Never give it to anyone.",
)
_RECOVER: Final = Text(
    vi="HanoiSmart: {code} là mã để khôi phục tài khoản. Nếu bạn không yêu cầu, đừng đưa mã này cho bất kỳ ai.",
    en="HanoiSmart: {code} is the code for recovering your account. If you did not ask for it, give it to nobody.",
)
CODES: Final[dict[CodePurpose, Text]] = {
    CodePurpose.PHONE: _PROVE,
    CodePurpose.EMAIL: _PROVE,
    CodePurpose.RECOVERY_PHONE: _RECOVER,
    CodePurpose.RECOVERY_EMAIL: _RECOVER,
}
