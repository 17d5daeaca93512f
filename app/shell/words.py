"""Every word of the first page, in both languages."""

from typing import Final

from hanoismart.text import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(vi="HanoiSmart", en="HanoiSmart"),
    "lead": Text(
        vi="Một tài khoản định danh cho mỗi người dân, mở mọi dịch vụ của thành phố.",
        en="One verified account for every resident, opening every city service.",
    ),
    "running": Text(vi="Máy chủ đang chạy", en="The server is running"),
    "environment": Text(vi="Môi trường", en="Environment"),
    "links": Text(vi="Đi tới", en="Go to"),
    "docs": Text(vi="Tài liệu API", en="API documentation"),
    "openapi": Text(vi="Đặc tả OpenAPI", en="OpenAPI document"),
    "discovery": Text(vi="Thông tin đăng nhập (OpenID Connect)", en="Sign-in metadata (OpenID Connect)"),
    "catalogue": Text(vi="Danh mục dịch vụ", en="Catalogue of services"),
    "example": Text(vi="Một ứng dụng nhỏ: Góp ý", en="A mini-app: Feedback"),
    "places": Text(vi="Phường và xã của Hà Nội", en="Wards and communes of Hanoi"),
    "posts": Text(vi="Bài viết công khai", en="Public posts"),
    "ready": Text(vi="Trạng thái sẵn sàng", en="Readiness"),
    "metrics": Text(vi="Số liệu vận hành", en="Operating figures"),
    "demo": Text(
        vi="Đây là thành phố mẫu: mọi người và mọi bãi đỗ xe ở đây đều là hư cấu.",
        en="This is a demo city: every person and every parking place here is invented.",
    ),
}
