"""The categories of messages and the channels they travel on, as a person sees them in the settings of the app."""

from dataclasses import dataclass
from enum import StrEnum

from hanoismart.text import Text


class Category(StrEnum):
    EMERGENCY = "emergency"
    SECURITY = "security"
    OFFICIAL = "official"
    PAYMENTS = "payments"
    SERVICES = "services"
    TRANSPORT = "transport"
    SOCIAL = "social"
    PROMOTION = "promotion"


class Channel(StrEnum):
    """Ways out of the inbox; the inbox itself always has the message."""

    APP_PUSH = "app_push"
    WEB_PUSH = "web_push"


@dataclass(frozen=True, slots=True)
class CategoryRule:
    name: Text
    mandatory: bool
    default_on: bool
    lane: str
    """The lane of jobs its deliveries take."""
    ttl: int
    """Seconds after which a push that could not be shown is of no use."""


RULES: dict[Category, CategoryRule] = {
    Category.EMERGENCY: CategoryRule(Text("Khẩn cấp", "Emergency"), True, True, "emergency", 3_600),
    Category.SECURITY: CategoryRule(Text("Bảo mật tài khoản", "Account security"), True, True, "transactional", 3_600),
    Category.OFFICIAL: CategoryRule(Text("Thông báo chính thức", "Official notices"), True, True, "transactional", 7 * 86_400),
    Category.PAYMENTS: CategoryRule(Text("Thanh toán", "Payments"), False, True, "transactional", 86_400),
    Category.SERVICES: CategoryRule(Text("Dịch vụ và hồ sơ", "Services and dossiers"), False, True, "transactional", 3 * 86_400),
    Category.TRANSPORT: CategoryRule(Text("Giao thông, đỗ xe", "Transport and parking"), False, True, "transactional", 3_600),
    Category.SOCIAL: CategoryRule(Text("Cộng đồng", "Community"), False, True, "social", 86_400),
    Category.PROMOTION: CategoryRule(Text("Giới thiệu, ưu đãi", "Offers"), False, False, "digest", 86_400),
}
