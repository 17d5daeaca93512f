"""Invented names and sentences, drawn by a seeded generator: nobody here exists."""

import random
from typing import Final

SURNAMES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
MIDDLES: Final = ("Thị", "Văn", "Minh", "Thu", "Đức", "Ngọc", "Quang", "Thanh", "Hải", "Gia")
GIVEN: Final = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Hùng",
    "Khánh",
    "Linh",
    "Mai",
    "Nam",
    "Oanh",
    "Phúc",
    "Quỳnh",
    "Sơn",
    "Trang",
    "Tú",
    "Vân",
    "Yến",
)
POSTS: Final = (
    "Chợ cuối tuần ở {ward} mở từ sáu giờ sáng, ai cần rau sạch thì ghé nhé.",
    "Đèn đường đầu ngõ đã được sửa, đi tối yên tâm hơn hẳn.",
    "Câu lạc bộ đọc sách {ward} họp chiều thứ bảy, mời bà con tham gia.",
    "Sáng nay hồ rất trong, nhiều người đi bộ và tập dưỡng sinh.",
    "Có ai biết lịch tiêm chủng tháng này của trạm y tế không ạ?",
    "Tổ dân phố vận động phân loại rác tại nguồn, bắt đầu từ tuần sau.",
    "Nhà văn hoá {ward} có lớp dạy dùng điện thoại thông minh cho người cao tuổi.",
    "Hoa sữa nở rồi, cả con phố thơm lừng.",
)
PARKING_PAYEE: Final = {
    "kind": "operator",
    "key": "hanoi-parking-demo",
    "name": "CONG TY DO XE MAU HA NOI",
    "bank_bin": "970403",
    "account": "0011012345678",
}


def name(drawn: random.Random) -> str:
    return f"{drawn.choice(SURNAMES)} {drawn.choice(MIDDLES)} {drawn.choice(GIVEN)}"


def post(drawn: random.Random, ward: str) -> str:
    return drawn.choice(POSTS).format(ward=ward)
