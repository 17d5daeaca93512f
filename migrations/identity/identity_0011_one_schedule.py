"""Every purge of identity stands in the one retention schedule, with its reason and its time."""

import sqlalchemy as sa
from alembic import op

from hanoismart.ids import new_id

revision = "identity_0011"
down_revision = "identity_0010"
branch_labels = None
depends_on = None

RULES = (
    (
        "oauth.device_authorization",
        "Mã đăng nhập của thiết bị không có trình duyệt",
        "Codes of devices without a browser",
        "RFC 8628 §3.5: a late poll is told that the code expired",
        24,
    ),
    (
        "oauth.logout_delivery",
        "Thông báo đăng xuất đã gửi cho dịch vụ",
        "Sign-outs told to services",
        "HanoiSmart: 30 days for complaints",
        720,
    ),
    ("factors.totp_offer", "Ứng dụng xác thực chưa được nhận", "Authenticator apps nobody took up", "HanoiSmart: ten minutes", 0),
    ("sign_in.request", "Yêu cầu đăng nhập từ thiết bị khác", "Sign-ins that waited for another device", "HanoiSmart: minutes", 1),
    ("notices.outgoing", "Thông báo bảo mật đã gửi", "Security notices that were sent", "HanoiSmart: no longer than sending may take", 1),
    ("recovery.cancel_link", "Đường dẫn hủy khôi phục", "Links that stop a recovery", "HanoiSmart: as long as the recovery waits", 0),
    (
        "recovery.fruitless",
        "Yêu cầu khôi phục không thành",
        "Recoveries that led to nothing",
        "Luật 91/2025/QH15: no longer than needed",
        24,
    ),
    ("recovery.recovery", "Yêu cầu khôi phục đã kết thúc", "Recoveries that are over", "HanoiSmart: 30 days for complaints", 720),
    (
        "keys.signing_key",
        "Khóa ký đã hết dùng",
        "Signing keys that are out of use",
        "HanoiSmart: 30 days, for questions about old tokens",
        720,
    ),
)


def upgrade() -> None:
    insert = sa.text(
        "INSERT INTO identity.retention_rule (id, name, what_vi, what_en, source, action, hours, valid_from)"
        " VALUES (:id, :name, :vi, :en, :source, 'delete', :hours, DATE '2026-01-01') ON CONFLICT (name) DO NOTHING"
    )
    columns = ("name", "vi", "en", "source", "hours")
    op.get_bind().execute(insert, [dict(zip(columns, row, strict=True)) | {"id": new_id()} for row in RULES])


def downgrade() -> None:
    gone = sa.text("DELETE FROM identity.retention_rule WHERE name = ANY(:names)")
    op.get_bind().execute(gone, {"names": [row[0] for row in RULES]})
