"""Every word of the sign-in screens, in both languages."""

from typing import Final

from hanoismart.text import Text

WORDS: Final[dict[str, Text]] = {
    "brand": Text(vi="HanoiSmart", en="HanoiSmart"),
    "sign_in": Text(vi="Đăng nhập", en="Sign in"),
    "to_continue": Text(vi="để tiếp tục tới", en="to continue to"),
    "use_passkey": Text(vi="Dùng khoá truy cập", en="Use a passkey"),
    "explain": Text(
        vi="Khoá truy cập nằm trong điện thoại hoặc máy tính của bạn và được mở bằng vân tay, khuôn mặt hoặc mã PIN.",
        en="A passkey lives in your phone or computer and opens with your fingerprint, face or PIN.",
    ),
    "needs_script": Text(
        vi="Trình duyệt cần bật JavaScript để dùng khoá truy cập.", en="Your browser needs JavaScript turned on to use a passkey."
    ),
    "refused": Text(vi="Không xác minh được khoá truy cập. Vui lòng thử lại.", en="The passkey could not be verified. Please try again."),
    "cancel": Text(vi="Huỷ", en="Cancel"),
    "error": Text(vi="Không thể tiếp tục", en="This cannot go on"),
    "error_explain": Text(
        vi="Yêu cầu đăng nhập không hợp lệ hoặc đã hết hạn. Hãy quay lại ứng dụng và thử lại.",
        en="The sign-in request is not valid or has expired. Go back to the app and try again.",
    ),
    "sign_out": Text(vi="Đăng xuất", en="Sign out"),
    "sign_out_ask": Text(vi="Bạn muốn đăng xuất khỏi HanoiSmart?", en="Do you want to sign out of HanoiSmart?"),
    "signed_out": Text(vi="Bạn đã đăng xuất.", en="You are signed out."),
}
