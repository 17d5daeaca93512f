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
    "device": Text(vi="Đăng nhập trên thiết bị khác", en="Sign in on another device"),
    "device_explain": Text(
        vi="Nhập mã đang hiện trên thiết bị. Chỉ nhập mã trên thiết bị ở ngay trước mặt bạn.",
        en="Type the code the device shows. Only type a code from a device that is in front of you.",
    ),
    "device_code": Text(vi="Mã trên thiết bị", en="Code on the device"),
    "device_refused": Text(vi="Mã không đúng hoặc đã hết hạn.", en="The code is wrong or has expired."),
    "device_same": Text(vi="Mã này phải trùng với mã trên thiết bị:", en="This code must be the one on the device:"),
    "device_done": Text(vi="Xong. Bạn có thể quay lại thiết bị.", en="Done. You can go back to the device."),
    "going_back": Text(vi="Đang quay lại dịch vụ", en="Going back to the service"),
    "sign_out": Text(vi="Đăng xuất", en="Sign out"),
    "sign_out_ask": Text(vi="Bạn muốn đăng xuất khỏi HanoiSmart?", en="Do you want to sign out of HanoiSmart?"),
    "signed_out": Text(vi="Bạn đã đăng xuất.", en="You are signed out."),
}
