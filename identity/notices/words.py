"""What a security notice says: one short sentence, in both languages, that names nobody and asks for nothing."""

from typing import Final

from hanoismart.text import Text
from identity.notices.models import NoticeKind

SUBJECT: Final = Text(vi="HanoiSmart: bảo mật tài khoản của bạn", en="HanoiSmart: the security of your account")
NOT_YOU: Final = Text(
    vi="Nếu không phải bạn, hãy khoá danh tính trong ứng dụng HanoiSmart.",
    en="If this was not you, lock your identity in the HanoiSmart app.",
)
SENTENCES: Final[dict[NoticeKind, Text]] = {
    NoticeKind.FACTOR_ADDED: Text(
        vi="Một cách đăng nhập mới đã được thêm vào tài khoản của bạn.", en="A new way to sign in was added to your account."
    ),
    NoticeKind.FACTOR_REMOVED: Text(
        vi="Một cách đăng nhập đã bị gỡ khỏi tài khoản của bạn.", en="A way to sign in was removed from your account."
    ),
    NoticeKind.PASSWORD_CHANGED: Text(vi="Mật khẩu của bạn đã được thay đổi.", en="Your password was changed."),
    NoticeKind.CONTACT_CHANGED: Text(
        vi="Số điện thoại hoặc e-mail của tài khoản đã được thay đổi.",
        en="The telephone number or e-mail address of your account was changed.",
    ),
    NoticeKind.CONTACT_LOST: Text(
        vi="Một người khác đã xác minh số điện thoại hoặc e-mail này, nên nó không còn thuộc tài khoản của bạn.",
        en="Somebody else proved this telephone number or e-mail address, so it belongs to your account no longer.",
    ),
    NoticeKind.GUARDIAN_CHANGED: Text(vi="Người giám hộ của tài khoản đã thay đổi.", en="A guardian of your account has changed."),
    NoticeKind.DELEGATION_CHANGED: Text(vi="Một uỷ quyền của bạn đã thay đổi.", en="One of your delegations has changed."),
    NoticeKind.DEVICE_ADDED: Text(vi="Một thiết bị mới đã được gắn với tài khoản của bạn.", en="A new device was bound to your account."),
    NoticeKind.SESSIONS_ENDED: Text(
        vi="Các phiên đăng nhập của bạn trên những thiết bị khác đã kết thúc.", en="Your sign-ins on other devices have ended."
    ),
    NoticeKind.TOKEN_REUSED: Text(
        vi="Một phiên đăng nhập đã bị kết thúc vì có dấu hiệu bị sao chép.", en="A sign-in was ended because it seems to have been copied."
    ),
    NoticeKind.RECOVERY_WAITING: Text(
        vi="Có người đang khôi phục tài khoản của bạn. Bạn có thể huỷ việc này.",
        en="Somebody is recovering your account. You can stop this.",
    ),
    NoticeKind.RECOVERY_CANCELLED: Text(vi="Việc khôi phục tài khoản đã bị huỷ.", en="The recovery of your account was stopped."),
    NoticeKind.RECOVERY_DONE: Text(
        vi="Tài khoản của bạn đã được khôi phục; mọi phiên đăng nhập cũ đã kết thúc.",
        en="Your account was recovered; every earlier sign-in has ended.",
    ),
    NoticeKind.IDENTITY_LOCKED: Text(vi="Danh tính của bạn đã được khoá.", en="Your identity is locked."),
    NoticeKind.IDENTITY_UNLOCKED: Text(vi="Danh tính của bạn đã được mở khoá.", en="Your identity is unlocked."),
    NoticeKind.ACCOUNT_MERGED: Text(
        vi="Tài khoản này đã được gộp vào một tài khoản khác của bạn và đã đóng. Nếu không đúng, hãy đến quầy hỗ trợ.",
        en="This account was joined to another one of yours, and is closed. If that is wrong, come to a counter.",
    ),
    NoticeKind.ACCOUNT_PARTED: Text(
        vi="Việc gộp tài khoản đã được hoàn tác; tài khoản này hoạt động trở lại. Hãy đăng nhập lại.",
        en="The joining of your accounts was undone; this account works again. Sign in anew.",
    ),
}
_JOINING: Final = (NoticeKind.ACCOUNT_MERGED, NoticeKind.ACCOUNT_PARTED)
# Where the person did it a moment ago on purpose, or stops it by a link, the hint would be noise.
_PLAIN: Final = {NoticeKind.RECOVERY_WAITING, NoticeKind.RECOVERY_CANCELLED, NoticeKind.IDENTITY_LOCKED, NoticeKind.CONTACT_LOST, *_JOINING}


def written(kind: NoticeKind, locale: str, link: str | None) -> str:
    """The whole text of a notice."""
    parts = [SENTENCES[kind].in_(locale)]
    if link is not None:
        parts.append(link)
    elif kind not in _PLAIN:
        parts.append(NOT_YOU.in_(locale))
    return f"HanoiSmart: {' '.join(parts)}"
