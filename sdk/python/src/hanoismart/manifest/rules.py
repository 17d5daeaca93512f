"""The numbered rules a manifest is held against, each with what is wrong and how to mend it in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hanoismart.text import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `says` and `fix` may carry placeholders that the finding fills."""

    id: str
    says: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a rule at one place (`pointer`, RFC 6901); `file` and `line` only where code was looked at."""

    rule: str
    pointer: str
    vi: str
    en: str
    fix: Text
    file: str | None = None
    line: int | None = None

    def as_json(self) -> dict[str, object]:
        """The finding as it stands in reports."""
        plain: dict[str, object] = {
            "rule": self.rule,
            "pointer": self.pointer,
            "vi": self.vi,
            "en": self.en,
            "fix": {"vi": self.fix.vi, "en": self.fix.en},
        }
        return plain if self.file is None else {**plain, "file": self.file, "line": self.line}


def table(*rows: tuple[str, str, str, str, str]) -> Mapping[str, Rule]:
    """Rules by id, of rows of id, what is wrong (vi, en), and how to mend it (vi, en)."""
    return MappingProxyType({row[0]: Rule(row[0], Text(vi=row[1], en=row[2]), Text(vi=row[3], en=row[4])) for row in rows})


_DOCUMENT = (
    ("HS1001", "Tệp không phải là một đối tượng JSON mã hóa UTF-8.", "The file is not a JSON object in UTF-8.",
     "Kiểm tra cú pháp JSON và bảng mã.", "Check the JSON syntax and the encoding."),
    ("HS1002", "Tệp quá lớn hoặc lồng quá sâu.", "The file is too large or nested too deeply.",
     "Giữ dưới 256 KB và 16 tầng.", "Stay below 256 KB and 16 levels."),
    ("HS1003", "Thiếu thành phần bắt buộc.", "A required member is missing.",
     "Thêm thành phần này.", "Add the member."),
    ("HS1004", "hs không có thành phần này.", "hs has no such member.",
     "Xóa hoặc sửa tên thành phần.", "Remove it or mend its name."),
    ("HS1005", "Sai kiểu dữ liệu.", "The value has the wrong type.",
     "Dùng đúng kiểu như lược đồ nêu.", "Use the type the schema names."),
    ("HS1006", "Văn bản chứa ký tự điều khiển.", "The text holds control characters.",
     "Xóa các ký tự không in được.", "Remove the unprintable characters."),
    ("HS1007", "Số quá lớn.", "The number is too large.",
     "Dùng số nguyên nhỏ hơn 2^53.", "Use an integer below 2^53."),
    ("HS1008", "Một tên xuất hiện hai lần trong cùng một đối tượng.", "A name stands twice in one object.",
     "Chỉ giữ một.", "Keep one of them."),
    ("HS1009", "Giá trị không được chấp nhận.", "The value is not allowed.",
     "Xem lược đồ để biết giá trị hợp lệ.", "See the schema for the allowed values."),
)  # fmt: skip

_W3C = (
    ("HS1010", "app_id phải là tên miền đảo ngược, chữ thường, ít nhất hai phần.",
     "app_id must be reverse DNS in lower case with at least two labels.",
     "Ví dụ: vn.example.parking.", "For example vn.example.parking."),
    ("HS1011", "version.code phải là số nguyên từ 1.", "version.code must be an integer from 1.",
     "Tăng số này ở mỗi phiên bản.", "Raise it with every version."),
    ("HS1012", "version.name phải theo Semantic Versioning.", "version.name must follow Semantic Versioning.",
     "Ví dụ: 1.4.0.", "For example 1.4.0."),
    ("HS1013", "target_code nhỏ hơn min_code.", "target_code is below min_code.",
     "Đặt target_code bằng hoặc lớn hơn min_code.", "Make target_code at least min_code."),
    ("HS1014", "lang không phải thẻ ngôn ngữ BCP 47.", "lang is no BCP 47 language tag.", "Ví dụ: vi.", "For example vi."),
    ("HS1015", "dir, color_scheme hoặc window có giá trị lạ.", "dir, color_scheme or window holds an unknown value.",
     "Dùng một giá trị trong bản nháp W3C.", "Use a value of the W3C draft."),
    ("HS1016", "Văn bản trống hoặc quá dài.", "The text is empty or too long.",
     "Viết ngắn gọn trong giới hạn của lược đồ.", "Write within the schema's limits."),
    ("HS1020", "Cần ít nhất một biểu tượng.", "At least one icon is needed.",
     "Thêm biểu tượng vào icons.", "Add one to icons."),
    ("HS1021", "Đường dẫn biểu tượng phải nằm trong gói.", "An icon's src must be a path inside the package.",
     "Ví dụ: common/logo.png.", "For example common/logo.png."),
    ("HS1022", "sizes của biểu tượng sai.", "The icon's sizes are malformed.",
     "Ví dụ: 192x192 hoặc any.", "For example 192x192 or any."),
    ("HS1030", "Cần ít nhất một trang.", "At least one page is needed.",
     "Trang đầu tiên là trang mở đầu.", "The first one is the start page."),
    ("HS1031", "Đường dẫn trang sai.", "The page route is malformed.",
     "Dùng đường dẫn tương đối, không có '..', ví dụ pages/find.", "Use a relative path without '..', for example pages/find."),
    ("HS1032", "Giá trị bị lặp lại.", "The value is repeated.", "Chỉ giữ một.", "Keep one of them."),
    ("HS1033", "Đường dẫn tiện ích sai.", "The widget's path is malformed.",
     "Dùng đường dẫn tương đối trong gói.", "Use a relative path inside the package."),
)  # fmt: skip

_ASKING = (
    ("HS1040", "Không có phạm vi nào mang tên này.", "There is no scope of this name.",
     "Chọn một trong: {known}.", "Choose one of: {known}."),
    ("HS1041", "Một phạm vi được xin hai lần.", "A scope is asked twice.",
     "Gộp thành một, mỗi phạm vi một mục đích.", "Merge them: one purpose per scope."),
    ("HS1042", "Mục đích phải có cả tiếng Việt và tiếng Anh, từ 5 đến 300 ký tự.",
     "A purpose needs Vietnamese and English, 5 to 300 characters each.",
     "Viết lý do mà người dân sẽ đọc nguyên văn.", "Write the reason people will read word for word."),
    ("HS1043", "Mục đích không có chữ nào.", "The purpose holds no words.",
     "Viết một câu mà người dân hiểu được.", "Write a sentence people understand."),
    ("HS1044", "Không có quyền nào mang tên này.", "There is no permission of this name.",
     "Chọn một trong: {known}.", "Choose one of: {known}."),
    ("HS1045", "Lý do xin quyền phải có cả tiếng Việt và tiếng Anh.", "A permission's reason needs Vietnamese and English.",
     "Viết reason, và bản dịch trong hs.i18n.{language}.reason.", "Write reason, and its translation in hs.i18n.{language}.reason."),
    ("HS1046", "Một quyền được xin hai lần.", "A permission is asked twice.", "Chỉ giữ một.", "Keep one of them."),
    ("HS1047", "Tên phải có cả tiếng Việt và tiếng Anh.", "The name needs Vietnamese and English.",
     "Thêm hs.i18n.{language}.name.", "Add hs.i18n.{language}.name."),
    ("HS1048", "Mô tả phải có cả tiếng Việt và tiếng Anh.", "The description needs Vietnamese and English.",
     "Thêm hs.i18n.{language}.description.", "Add hs.i18n.{language}.description."),
    ("HS1049", "Bản dịch cho một quyền không được xin.", "A translation for a permission that is not asked.",
     "Xóa bản dịch hoặc xin quyền đó.", "Remove it or ask the permission."),
)  # fmt: skip

_CONNECTING = (
    ("HS1050", "Ứng dụng xin phạm vi phải đăng ký nhận {event}.", "An app that asks a scope must subscribe to {event}.",
     "Thêm {event} vào hs.webhooks.events.", "Add {event} to hs.webhooks.events."),
    ("HS1051", "Không có sự kiện nào mang tên này.", "There is no event of this name.",
     "Xem danh sách sự kiện trong lược đồ.", "See the schema for the list of events."),
    ("HS1052", "Địa chỉ webhook phải là https với tên miền.", "The webhook address must be https on a DNS name.",
     "Dùng https://ten-mien/duong-dan, không có tài khoản hay #.", "Use https://name/path without user or fragment."),
    ("HS1053", "Ứng dụng không có backend phải nêu địa chỉ webhook.", "An app without a backend must name its webhook address.",
     "Thêm hs.webhooks.url.", "Add hs.webhooks.url."),
    ("HS1060", "Nguồn CSP phải là https:// và một tên miền.", "A CSP source must be https:// and a host.",
     "Ví dụ: https://api.example.vn hoặc https://*.example.vn.", "For example https://api.example.vn or https://*.example.vn."),
    ("HS1061", "base_url phải là https với tên miền, không có truy vấn, không kết thúc bằng '/'.",
     "base_url must be https on a DNS name, without query, not ending in '/'.",
     "Ví dụ: https://api.example.vn.", "For example https://api.example.vn."),
    ("HS1062", "health phải là đường dẫn bắt đầu bằng '/'.", "health must be a path that starts with '/'.",
     "Ví dụ: /healthz.", "For example /healthz."),
    ("HS1063", "timeout_ms phải từ 100 đến 30000.", "timeout_ms must be from 100 to 30000.",
     "Đơn vị là mili giây.", "The unit is milliseconds."),
    ("HS1064", "openapi phải là tệp trong gói.", "openapi must be a file in the package.",
     "Ví dụ: openapi.json.", "For example openapi.json."),
    ("HS1065", "Đường công khai phải có dạng 'GET /duong-dan'.", "A public route must read 'GET /path'.",
     "Dùng GET, HEAD hoặc POST, {{tham_so}} cho một đoạn, /** cho phần còn lại.",
     "Use GET, HEAD or POST, {{name}} for one segment, /** for the rest."),
    ("HS1068", "Đường được phép trả lời cũ phải có dạng 'GET /duong-dan', từ 1 đến 86400 giây.",
     "A route with stale answers must read 'GET /path', for 1 to 86400 seconds.",
     'Ví dụ: {{"route": "GET /parks", "seconds": 600}}.', 'For example {{"route": "GET /parks", "seconds": 600}}.'),
    ("HS1069", "max_answer_bytes phải từ 1024 đến 104857600.", "max_answer_bytes must be from 1024 to 104857600.",
     "Đơn vị là byte.", "The unit is bytes."),
    ("HS1067", "Ứng dụng không có giao diện cũng không có backend.", "The app has neither a page nor a backend.",
     "Đặt hs.ui là web hoặc thêm hs.backend.", "Make hs.ui web or add hs.backend."),
)  # fmt: skip

_SERVING = (
    ("HS1070", "Tên mẫu thông báo sai hoặc bị lặp.", "The template's name is malformed or repeated.",
     "Ví dụ: parking.expiring.", "For example parking.expiring."),
    ("HS1071", "Mẫu thông báo phải có cả tiếng Việt và tiếng Anh.", "A template needs Vietnamese and English.",
     "Viết cả vi và en.", "Write both vi and en."),
    ("HS1072", "Các chỗ trống trong mẫu không khớp với params.", "The placeholders of the template do not match params.",
     "Dùng đúng các tên đã khai trong params ở cả hai ngôn ngữ.", "Use exactly the declared params in both languages."),
    ("HS1073", "Tên tham số sai hoặc bị lặp.", "A parameter's name is malformed or repeated.",
     "Dùng chữ thường, số và gạch dưới.", "Use lower case, digits and underscores."),
    ("HS1080", "Mã cơ quan sai.", "The agency code is malformed.",
     "Dùng mã định danh điện tử, ví dụ 000.00.19.H26.", "Use the electronic agency code, for example 000.00.19.H26."),
    ("HS1081", "Xin payments.charge nhưng thanh toán chưa bật.", "payments.charge is asked, but payments are not enabled.",
     "Đặt hs.payments.enabled là true.", "Make hs.payments.enabled true."),
    ("HS1082", "Liên hệ hỗ trợ sai.", "The support contact is malformed.",
     "Nêu địa chỉ thư điện tử còn hoạt động.", "Name an e-mail address that is read."),
    ("HS1083", "privacy_url phải là https với tên miền.", "privacy_url must be https on a DNS name.",
     "Ví dụ: https://example.vn/quyen-rieng-tu.", "For example https://example.vn/privacy."),
    ("HS1084", "Không có nhóm nào mang tên này.", "There is no category of this name.",
     "Xem danh sách nhóm trong lược đồ.", "See the schema for the list of categories."),
    ("HS1085", "Đối tượng phục vụ sai.", "The audience is wrong.",
     "Chọn trong: resident, tourist, investor, business, official.", "Choose from resident, tourist, investor, business, official."),
    ("HS1086", "min_assurance phải là basic hoặc verified.", "min_assurance must be basic or verified.",
     "Chỉ dùng verified khi thật sự cần.", "Ask verified only where it is needed."),
    ("HS1087", "hs.i18n chỉ nhận vi và en.", "hs.i18n takes vi and en only.", "Xóa ngôn ngữ khác.", "Remove other languages."),
    ("HS1088", "Quá nhiều mục.", "Too many entries.", "Giảm bớt theo giới hạn của lược đồ.", "Stay within the schema's limit."),
)  # fmt: skip

RULES: Mapping[str, Rule] = table(*_DOCUMENT, *_W3C, *_ASKING, *_CONNECTING, *_SERVING)


def finding(rule: str, pointer: str, **values: object) -> Finding:
    """A breach of a rule of the table, its texts filled with `values`."""
    row = RULES[rule]
    says, fix = row.says.format(**values), row.fix.format(**values)
    return Finding(rule, pointer, says.vi, says.en, fix)
