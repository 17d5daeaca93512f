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
    "consent": Text(vi="Bạn đồng ý chia sẻ?", en="Do you agree to share?"),
    "consent_first": Text(vi="Xác nhận", en="Confirm"),
    "consent_explain": Text(
        vi="Dịch vụ này xin những điều dưới đây. Chỉ những mục bạn tự đánh dấu mới được chia sẻ; bạn có thể rút lại bất cứ lúc nào.",
        en="This service asks for the things below. Only what you tick yourself is shared, and you can take it back at any time.",
    ),
    "consent_nothing": Text(
        vi="Dịch vụ này chỉ biết một mã riêng của bạn, không có tên hay dữ liệu nào khác.",
        en="This service learns only an identifier of its own for you, no name and nothing else.",
    ),
    "purpose": Text(vi="Mục đích:", en="Purpose:"),
    "essential": Text(vi="Dịch vụ cho biết mục này là cần thiết.", en="The service says it needs this."),
    "held": Text(vi="Bạn đã đồng ý trước đây", en="You agreed to this before"),
    "to_confirm": Text(vi="Bạn sắp xác nhận", en="You are about to confirm"),
    "signed_in_as": Text(vi="Bạn đang đăng nhập với tên", en="You are signed in as"),
    "goes_to": Text(vi="Dữ liệu được gửi tới", en="Data is sent to"),
    "policy": Text(vi="Chính sách bảo vệ dữ liệu", en="Data protection policy"),
    "allow": Text(vi="Tiếp tục", en="Continue"),
    "refuse": Text(vi="Từ chối", en="Refuse"),
    "waiting": Text(vi="Cần người đại diện đồng ý", en="Your representative must agree too"),
    "waiting_explain": Text(
        vi="Bạn đã đồng ý. Dịch vụ mở khi cha mẹ hoặc người giám hộ của bạn cũng đồng ý trong ứng dụng; sau đó hãy đăng nhập lại.",
        en="You have agreed. The service opens once your parent or guardian agrees in the app as well; then sign in again.",
    ),
    "device": Text(vi="Đăng nhập trên thiết bị khác", en="Sign in on another device"),
    "device_explain": Text(
        vi="Nhập mã đang hiện trên thiết bị. Chỉ nhập mã trên thiết bị ở ngay trước mặt bạn.",
        en="Type the code the device shows. Only type a code from a device that is in front of you.",
    ),
    "device_code": Text(vi="Mã trên thiết bị", en="Code on the device"),
    "device_refused": Text(vi="Mã không đúng hoặc đã hết hạn.", en="The code is wrong or has expired."),
    "device_same": Text(vi="Mã này phải trùng với mã trên thiết bị:", en="This code must be the one on the device:"),
    "device_done": Text(vi="Xong. Bạn có thể quay lại thiết bị.", en="Done. You can go back to the device."),
    "device_denied": Text(vi="Bạn đã từ chối. Thiết bị sẽ không được đăng nhập.", en="You refused. The device is not signed in."),
    "going_back": Text(vi="Đang quay lại dịch vụ", en="Going back to the service"),
    "sign_out": Text(vi="Đăng xuất", en="Sign out"),
    "sign_out_ask": Text(vi="Bạn muốn đăng xuất khỏi HanoiSmart?", en="Do you want to sign out of HanoiSmart?"),
    "signed_out": Text(vi="Bạn đã đăng xuất.", en="You are signed out."),
    "language": Text(vi="English", en="Tiếng Việt"),
    "other_ways": Text(vi="Cách khác", en="Other ways"),
    "way_qr": Text(vi="Dùng điện thoại để quét mã", en="Scan a code with a phone"),
    "way_push": Text(vi="Phê duyệt trên thiết bị của tôi", en="Approve on a device of mine"),
    "way_password": Text(vi="Dùng mật khẩu", en="Use a password"),
    "way_test": Text(vi="Công dân thử nghiệm", en="A test citizen"),
    "test_explain": Text(
        vi="Hai mươi công dân thử nghiệm chỉ có ở môi trường thử, với số điện thoại và mã mà ai cũng biết.",
        en="The twenty test citizens exist in sandboxes only, with telephone numbers and a code that everybody knows.",
    ),
    "test_number": Text(vi="Số điện thoại thử nghiệm", en="Test telephone number"),
    "test_code": Text(vi="Mã", en="Code"),
    "test_refused": Text(vi="Không có công dân thử nghiệm với số và mã này.", en="There is no test citizen with this number and code."),
    "back_to_passkey": Text(vi="Quay lại khoá truy cập", en="Back to the passkey"),
    "identifier": Text(vi="Số điện thoại hoặc e-mail", en="Telephone number or e-mail"),
    "password": Text(vi="Mật khẩu", en="Password"),
    "code": Text(vi="Mã của ứng dụng xác thực (nếu có)", en="Code of the authenticator app (if you have one)"),
    "code_hint": Text(vi="6 chữ số", en="6 digits"),
    "ask_device": Text(vi="Hỏi thiết bị của tôi", en="Ask my device"),
    "qr_heading": Text(vi="Quét mã bằng ứng dụng HanoiSmart", en="Scan the code with the HanoiSmart app"),
    "qr_alt": Text(vi="Mã QR để đăng nhập", en="QR code for signing in"),
    "push_heading": Text(vi="Mở ứng dụng HanoiSmart trên thiết bị của bạn", en="Open the HanoiSmart app on your device"),
    "push_explain": Text(
        vi="Nếu có tài khoản với số hoặc e-mail này, thiết bị của tài khoản đã nhận được câu hỏi.",
        en="If there is an account with this number or e-mail, its devices have been asked.",
    ),
    "number_explain": Text(vi="Nhập số này trong ứng dụng:", en="Enter this number in the app:"),
    "one_minute": Text(
        vi="Có hiệu lực trong một phút. Hết giờ, bạn có thể yêu cầu lại bao nhiêu lần cũng được.",
        en="It counts for one minute. When that is over you can ask again as often as you like.",
    ),
    "approved_go_on": Text(vi="Tôi đã phê duyệt, tiếp tục", en="I have approved, go on"),
    "new_code": Text(vi="Lấy mã mới", en="Get a new code"),
    "password_refused": Text(
        vi="Thông tin đăng nhập không đúng. Vui lòng kiểm tra lại.", en="This did not fit. Please check what you typed."
    ),
    "too_many": Text(
        vi="Có quá nhiều lần thử. Hãy dùng khoá truy cập, hoặc thử lại sau.",
        en="There were too many attempts. Use a passkey, or try again later.",
    ),
    "busy": Text(vi="Hệ thống đang bận. Vui lòng thử lại sau vài giây.", en="The system is busy. Please try again in a few seconds."),
    "identifier_missing": Text(vi="Hãy nhập số điện thoại hoặc e-mail.", en="Enter a telephone number or e-mail address."),
    "other_refused": Text(vi="Yêu cầu đã bị từ chối trên thiết bị kia.", en="The request was refused on the other device."),
    "other_over": Text(
        vi="Đã hết một phút hoặc mã đã được dùng. Hãy thử lại.", en="The minute is over, or the code was used. Please try again."
    ),
    "other_waits": Text(vi="Thiết bị kia chưa trả lời.", en="The other device has not answered yet."),
    "locked": Text(vi="Danh tính của bạn đang khoá", en="Your identity is locked"),
    "locked_explain": Text(
        vi="Bạn đã khoá danh tính, nên không thể đăng nhập vào dịch vụ mới. Hãy mở khoá trong ứng dụng HanoiSmart rồi thử lại.",
        en="You have locked your identity, so no new service can be signed in to. Unlock it in the HanoiSmart app, then try again.",
    ),
    "scan_heading": Text(vi="Mã này dành cho ứng dụng HanoiSmart", en="This code is for the HanoiSmart app"),
    "scan_explain": Text(
        vi="Mở ứng dụng HanoiSmart và quét mã ở đó. Chỉ quét mã mà chính bạn vừa mở trên màn hình khác.",
        en="Open the HanoiSmart app and scan the code there. Scan only a code that you yourself have just opened on another screen.",
    ),
    "lost": Text(vi="Không còn cách đăng nhập nào? Khôi phục tài khoản", en="No way to sign in any more? Recover your account"),
}
