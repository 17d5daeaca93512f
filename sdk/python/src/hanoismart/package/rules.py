"""The numbered rules a package is held against, beside those of its manifest."""

from collections.abc import Mapping

from hanoismart.manifest.rules import Finding, Rule, table
from hanoismart.text import Text

_ARCHIVE = (
    ("HS2001", "Tệp không phải là một gói zip nguyên vẹn.", "The file is not a whole zip archive.",
     "Đóng gói lại bằng hs pack.", "Pack it again with hs pack."),
    ("HS2002", "Gói lớn hơn 20 MB.", "The package is larger than 20 MB.",
     "Nén ảnh, bỏ tệp không dùng.", "Compress pictures, leave out what is not used."),
    ("HS2003", "Nội dung giải nén lớn hơn 80 MB.", "The files unfold to more than 80 MB.",
     "Giảm dung lượng các tệp.", "Make the files smaller."),
    ("HS2004", "Tỉ lệ nén vượt quá 100 lần.", "A file unfolds to more than 100 times its size.",
     "Bỏ tệp này khỏi gói.", "Leave this file out."),
    ("HS2005", "Gói có hơn 2.000 tệp.", "The package holds more than 2,000 files.",
     "Gộp các tệp lại.", "Bundle the files."),
    ("HS2006", "Chỉ cho phép phương thức nén 0 và 8.", "Only the methods 0 (stored) and 8 (deflate) are allowed.",
     "Đóng gói lại bằng hs pack.", "Pack it again with hs pack."),
    ("HS2007", "Gói không được mã hóa.", "A package is never encrypted.",
     "Đóng gói lại không dùng mật khẩu.", "Pack it again without a password."),
    ("HS2008", "Gói không được chia phần, nối thêm dữ liệu hay dùng zip64.",
     "A package has no parts, no bytes before, between or after, and no zip64.",
     "Đóng gói lại bằng hs pack.", "Pack it again with hs pack."),
    ("HS2009", "Gói không được chứa liên kết hay tệp đặc biệt.", "A package holds no links and no special files.",
     "Thay liên kết bằng tệp thật.", "Put the file itself in the link's place."),
    ("HS2010", "Tên tệp phải là UTF-8.", "A file name must be UTF-8.",
     "Đổi tên tệp.", "Rename the file."),
    ("HS2011", "Tên tệp chỉ ra ngoài gói hoặc chứa ký tự cấm.", "A file name points outside the package or holds forbidden characters.",
     "Dùng đường dẫn tương đối, không có .., \\ hay ký tự NUL.", "Use relative paths without .., backslash or NUL."),
    ("HS2012", "Tên tệp bị lặp.", "A file name stands twice.", "Chỉ giữ một tệp.", "Keep one of the files."),
    ("HS2013", "Hai tên tệp chỉ khác nhau chữ hoa, chữ thường hoặc dạng Unicode.",
     "Two file names differ only in case or in Unicode form.",
     "Đổi tên một trong hai tệp.", "Rename one of the two."),
    ("HS2014", "Nội dung tệp không khớp với CRC-32 hoặc độ dài đã ghi.", "A file does not fit its CRC-32 or its length.",
     "Đóng gói lại; gói đã bị sửa hoặc hỏng.", "Pack it again; the package was altered or damaged."),
)  # fmt: skip

_CONTENT = (
    ("HS2020", "Thiếu manifest.json ở thư mục gốc.", "manifest.json is missing at the root.",
     "Đặt manifest.json ở thư mục gốc của gói.", "Put manifest.json at the root of the package."),
    ("HS2021", "META/ chỉ được chứa files.json và developer.jws.", "META/ holds files.json and developer.jws only.",
     "Bỏ các tệp khác khỏi META/.", "Take other files out of META/."),
    ("HS2022", "Giao diện web cần index.html.", "A web app needs index.html.",
     "Thêm index.html ở thư mục gốc.", "Add index.html at the root."),
    ("HS2023", "Hồ sơ w3c cần app.js, app.css và thư mục pages/.", "The profile w3c needs app.js, app.css and pages/.",
     "Thêm các tệp này hoặc dùng hồ sơ web.", "Add them, or use the profile web."),
    ("HS2024", "Không tìm thấy trang đã khai trong manifest.", "A page of the manifest is not in the package.",
     "Thêm trang p, p.html hoặc p/index.html.", "Add p, p.html or p/index.html."),
    ("HS2025", "Không tìm thấy biểu tượng hoặc không đọc được.", "An icon is missing or cannot be decoded.",
     "Dùng ảnh PNG, JPEG hoặc WebP hợp lệ.", "Use a sound PNG, JPEG or WebP picture."),
    ("HS2026", "Tài liệu OpenAPI thiếu hoặc sai.", "The OpenAPI document is missing or malformed.",
     "Đặt một tài liệu OpenAPI 3 dạng JSON tại đường dẫn đã khai.", "Put an OpenAPI 3 document in JSON at the path the manifest names."),
    ("HS2027", "Tệp i18n phải là JSON, tối đa 1 MB (tất cả 4 MB), và mang tên một ngôn ngữ.",
     "A file in i18n/ must be JSON named by a language, at most 1 MB each and 4 MB together.",
     "Ví dụ: i18n/en.json.", "For example i18n/en.json."),
    ("HS2028", "Loại tệp này không được phục vụ.", "Files of this kind are not served.",
     "Bỏ tệp này khỏi gói.", "Leave the file out."),
)  # fmt: skip

_SIGNING = (
    ("HS2030", "Thiếu META/files.json hoặc không đúng dạng chuẩn RFC 8785.", "META/files.json is missing or not canonical (RFC 8785).",
     "Ký lại bằng hs sign.", "Sign again with hs sign."),
    ("HS2031", "META/files.json không khớp với các tệp trong gói.", "META/files.json does not fit the files of the package.",
     "Đóng gói và ký lại; có tệp đã bị sửa.", "Pack and sign again; a file was altered."),
    ("HS2032", "META/developer.jws không phải chữ ký tách rời hợp lệ.", "META/developer.jws is no detached signature.",
     "Ký lại bằng hs sign.", "Sign again with hs sign."),
)  # fmt: skip

_CODE = (
    ("HS2101", "Mã lệnh viết thẳng trong trang bị chính sách bảo mật chặn.", "Script within the page is blocked by the content policy.",
     "Chuyển mã sang tệp .js riêng.", "Move the script into a .js file."),
    ("HS2102", "Thuộc tính sự kiện (onclick…) bị chính sách bảo mật chặn.", "Event attributes (onclick…) are blocked.",
     "Dùng addEventListener trong tệp .js.", "Use addEventListener in a .js file."),
    ("HS2103", "Tải mã lệnh hoặc kiểu dáng từ nơi khác bị chặn.", "Script or style from elsewhere is blocked.",
     "Đưa tệp vào trong gói.", "Put the file into the package."),
    ("HS2104", "eval và new Function bị chính sách bảo mật chặn.", "eval and new Function are blocked by the content policy.",
     "Viết lại không tạo mã từ chuỗi.", "Write it without making code from text."),
    ("HS2105", "Địa chỉ này không có trong hs.csp nên sẽ bị chặn.", "This host is not in hs.csp and will be blocked.",
     'Thêm "{host}" vào hs.csp.{member}.', 'Add "{host}" to hs.csp.{member}.'),
    ("HS2106", "Địa chỉ javascript: bị chặn.", "javascript: addresses are blocked.",
     "Dùng addEventListener trong tệp .js.", "Use addEventListener in a .js file."),
    ("HS2107", "Trang dùng một tệp không có trong gói.", "A file that is used here is not in the package.",
     'Thêm "{path}" vào gói; hs new --bridge đem các tệp cầu nối vào hs/.',
     'Put "{path}" into the package; hs new --bridge brings the bridge into hs/.'),
    ("HS2108", "Tệp quá lớn nên không được kiểm tra.", "The file is too large to be checked.",
     "Giữ mỗi tệp dưới {most}; gói có quá nhiều trang thì chia bớt sang .js hoặc JSON.",
     "Keep each below {most}; where all pages together are too large, move what is not markup into .js or JSON."),
)  # fmt: skip

RULES: Mapping[str, Rule] = table(*_ARCHIVE, *_CONTENT, *_SIGNING, *_CODE)
WARNINGS = frozenset({"HS2104", "HS2105", "HS2107", "HS2108"})
"""Found by reading code, which can be mistaken: shown, never a reason to refuse."""


def finding(rule: str, *, file: str | None = None, line: int | None = None, pointer: str = "", **values: str) -> Finding:
    """A breach of a rule of this table in a file of the package."""
    row = RULES[rule]
    shown = None if file is None else file[:200].encode("utf-8", "backslashreplace").decode()
    fix = Text(vi=row.fix.vi.format(**values), en=row.fix.en.format(**values)) if values else row.fix
    return Finding(rule, pointer, row.says.vi, row.says.en, fix, shown, line)
