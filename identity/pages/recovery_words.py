"""Every word of the recovery screens, in both languages."""

from typing import Final

from hanoismart.text import Text

RECOVERY_WORDS: Final[dict[str, Text]] = {
    "recovery": Text(vi="Khôi phục tài khoản", en="Recover your account"),
    "recovery_explain": Text(
        vi="Nếu không còn khoá truy cập nào, bạn chứng minh tài khoản là của mình, rồi chờ. Mọi kênh cũ của bạn đều được báo.",
        en="If no passkey is left, you prove that the account is yours, then wait. Meanwhile every channel you had is told.",
    ),
    "recovery_chip": Text(
        vi="Có điện thoại đọc được chip? Trong ứng dụng HanoiSmart, đọc lại thẻ căn cước hoặc hộ chiếu là đủ.",
        en="Does a phone of yours read chips? In the HanoiSmart app, reading your identity card or passport again is enough.",
    ),
    "recovery_begin": Text(vi="Bắt đầu", en="Begin"),
    "recovery_prove": Text(vi="Chứng minh bằng hai cách khác nhau", en="Prove it in two different ways"),
    "recovery_prove_explain": Text(
        vi="Một mã tin nhắn không bao giờ đủ một mình. Mã chỉ được gửi nếu tài khoản có kênh đó.",
        en="A text message alone is never enough. A code is sent only where the account has that channel.",
    ),
    "recovery_proved": Text(vi="Đã chứng minh:", en="Proved so far:"),
    "proof_sms": Text(vi="mã tin nhắn", en="a code by text message"),
    "proof_email": Text(vi="mã e-mail", en="a code by e-mail"),
    "proof_totp": Text(vi="ứng dụng xác thực", en="the authenticator app"),
    "proof_password": Text(vi="mật khẩu", en="the password"),
    "proof_identity": Text(vi="giấy tờ định danh", en="the identity document"),
    "send_sms": Text(vi="Gửi mã qua tin nhắn", en="Send a code by text message"),
    "send_email": Text(vi="Gửi mã qua e-mail", en="Send a code by e-mail"),
    "sent_code": Text(vi="Mã đã nhận (6 chữ số)", en="The code you got (6 digits)"),
    "check_code": Text(vi="Kiểm tra mã", en="Check the code"),
    "totp_code": Text(vi="Mã của ứng dụng xác thực", en="Code of the authenticator app"),
    "check_totp": Text(vi="Kiểm tra mã xác thực", en="Check the app's code"),
    "check_password": Text(vi="Kiểm tra mật khẩu", en="Check the password"),
    "proof_refused": Text(
        vi="Không xác minh được. Vui lòng thử lại hoặc dùng cách khác.", en="This could not be verified. Try again, or another way."
    ),
    "recovery_waiting": Text(vi="Đang chờ", en="Waiting"),
    "recovery_waiting_explain": Text(
        vi="Bạn có thể hoàn tất từ thời điểm dưới đây, trên chính trình duyệt này. Các kênh cũ đã nhận được liên kết để huỷ.",
        en="You can finish from the moment below, in this very browser. The earlier channels were sent a link to stop it.",
    ),
    "recovery_ready": Text(vi="Bạn có thể hoàn tất", en="You can finish now"),
    "recovery_ready_explain": Text(
        vi="Mọi phiên đăng nhập, thiết bị và cách đăng nhập cũ sẽ kết thúc. Các thao tác quan trọng tạm khoá trong ba ngày.",
        en="Every earlier sign-in, device and way to sign in will end. Important operations stay frozen for three days.",
    ),
    "recovery_finish": Text(vi="Hoàn tất khôi phục", en="Finish the recovery"),
    "recovery_done": Text(vi="Tạo khoá truy cập mới", en="Make a new passkey"),
    "recovery_done_explain": Text(
        vi="Tài khoản đã được khôi phục. Hãy tạo khoá truy cập trên thiết bị này trong mười phút; nếu quá giờ, hoàn tất lại từ trang này.",
        en="The account is recovered. Make a passkey on this device within ten minutes; if they pass, finish once more from this page.",
    ),
    "make_passkey": Text(vi="Tạo khoá truy cập", en="Make a passkey"),
    "passkey_made": Text(vi="Xong. Bạn có thể đăng nhập bằng khoá truy cập mới.", en="Done. You can sign in with the new passkey."),
    "passkey_failed": Text(vi="Chưa tạo được khoá truy cập. Vui lòng thử lại.", en="The passkey could not be made. Please try again."),
    "recovery_cancelled": Text(vi="Việc khôi phục đã bị huỷ", en="The recovery was stopped"),
    "recovery_cancelled_explain": Text(
        vi="Không có gì thay đổi trong tài khoản. Nếu người huỷ không phải bạn, hãy bắt đầu lại.",
        en="Nothing in the account has changed. If it was not you who stopped it, begin again.",
    ),
    "recovery_give_up": Text(vi="Huỷ việc khôi phục", en="Stop the recovery"),
    "stop": Text(vi="Huỷ việc khôi phục tài khoản?", en="Stop the recovery of your account?"),
    "stop_explain": Text(
        vi="Có người đang khôi phục tài khoản HanoiSmart của bạn. Nếu không phải bạn, hãy huỷ ngay tại đây; không cần đăng nhập.",
        en="Somebody is recovering your HanoiSmart account. If it is not you, stop it here; you need not sign in.",
    ),
    "stopped": Text(vi="Đã huỷ việc khôi phục.", en="The recovery is stopped."),
    "stop_over": Text(vi="Liên kết này đã dùng hoặc không còn hiệu lực.", en="This link was used, or is no longer valid."),
}
