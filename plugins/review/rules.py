"""The rules reviewers cite; docs/mini-apps/review-rules.md explains each with examples."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hanoismart.text import Text

RULES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "R1.1": Text(vi="Ứng dụng không làm được điều đã giới thiệu", en="The app does not do what it says"),
        "R1.2": Text(vi="Ứng dụng lỗi hoặc bỏ dở khi thử", en="The app fails or is unfinished when tried"),
        "R1.3": Text(vi="Thiếu tiếng Việt hoặc tiếng Anh", en="Vietnamese or English is missing"),
        "R1.4": Text(vi="Người khuyết tật không dùng được (WCAG 2.2 AA)", en="People with disabilities cannot use it (WCAG 2.2 AA)"),
        "R2.1": Text(vi="Xin dữ liệu nhiều hơn cần thiết", en="It asks for more data than it needs"),
        "R2.2": Text(vi="Mục đích không nói rõ dữ liệu dùng làm gì", en="A purpose does not say what the data is for"),
        "R2.3": Text(vi="Thu thập dữ liệu ngoài các phạm vi đã xin", en="It collects data outside the scopes it asked for"),
        "R2.4": Text(vi="Yêu cầu ảnh giấy tờ tùy thân", en="It asks for pictures of identity documents (Law 91/2025/QH15 Art. 29)"),
        "R3.1": Text(vi="Mạo danh cơ quan, tổ chức hoặc ứng dụng khác", en="It poses as an agency, an organisation or another app"),
        "R3.2": Text(vi="Gây hiểu lầm về giá hoặc phí", en="It misleads about prices or fees"),
        "R3.3": Text(vi="Cờ bạc, lừa đảo hoặc hàng cấm", en="Gambling, fraud or forbidden goods"),
        "R3.4": Text(vi="Nội dung vi phạm pháp luật", en="Content against the law"),
        "R4.1": Text(vi="Mã lệnh bị làm rối hoặc tải thêm sau khi duyệt", en="Code is obfuscated or loaded after review"),
        "R4.2": Text(vi="Lỗ hổng an ninh", en="A security hole"),
        "R4.3": Text(vi="Theo dõi người dùng qua nhiều ứng dụng", en="It tracks people across apps"),
        "R5.1": Text(vi="Không có cách liên hệ hoặc chính sách riêng tư", en="No working contact or privacy policy"),
    }
)
