"""The messages that reactions send, in both languages."""

from typing import Final

from hanoismart.text import Text
from identity.api.notices import SENTENCES
from notifications.api import Category, Template, register

REPLIED: Final = Template(
    "social.replied",
    Category.SOCIAL,
    Text(vi="{name} đã trả lời bài viết của bạn", en="{name} replied to your post"),
    Text(vi="Mở bài viết để đọc câu trả lời.", en="Open the post to read the reply."),
)
DECIDED: Final = Template(
    "moderation.decided",
    Category.OFFICIAL,
    Text(vi="Quyết định về nội dung của bạn", en="A decision about your content"),
    Text(
        vi="Cán bộ kiểm duyệt đã ra quyết định có viện dẫn quy định. Bạn có thể đọc lý do và khiếu nại.",
        en="A moderation officer has decided, citing a rule. You can read the reasons and appeal.",
    ),
    sensitive=True,
)
OUTCOME: Final = Template(
    "moderation.outcome",
    Category.OFFICIAL,
    Text(vi="Kết quả báo cáo của bạn", en="The outcome of your report"),
    Text(vi="Báo cáo của bạn đã được xem xét. Cảm ơn bạn.", en="Your report was reviewed. Thank you."),
    sensitive=True,
)
APPEAL_JUDGED: Final = Template(
    "moderation.appeal_judged",
    Category.OFFICIAL,
    Text(vi="Kết quả khiếu nại của bạn", en="The result of your appeal"),
    Text(vi="Một cán bộ khác đã xem xét khiếu nại của bạn.", en="Another officer has judged your appeal."),
    sensitive=True,
)
VERIFIED: Final = Template(
    "identity.verified",
    Category.SECURITY,
    Text(vi="Tài khoản của bạn đã được định danh", en="Your account is verified"),
    Text(vi="Mức định danh: {level}.", en="Identity level: {level}."),
)
RESIDENCE: Final = Template(
    "identity.residence_attested",
    Category.OFFICIAL,
    Text(vi="Nơi cư trú đã được xác nhận", en="Your residence is attested"),
    Text(vi="Nơi cư trú: {unit}.", en="Place of residence: {unit}."),
)
DOCUMENT: Final = Template(
    "identity.document_expiring",
    Category.SECURITY,
    Text(vi="Giấy tờ của bạn sắp hết hạn", en="Your document is about to expire"),
    Text(
        vi="Còn {days} ngày. Hãy đọc chip của giấy tờ mới để giữ mức định danh.",
        en="{days} days are left. Read the chip of your new document to keep your identity level.",
    ),
)
LOWERED: Final = Template(
    "identity.level_lowered",
    Category.SECURITY,
    Text(vi="Mức định danh của bạn đã thay đổi", en="Your identity level has changed"),
    Text(vi="Mức định danh hiện tại: {level}.", en="Your identity level now: {level}."),
)
MANDATE_GIVEN: Final = Template(
    "identity.mandate_given",
    Category.OFFICIAL,
    Text(vi="Bạn được quyền thay mặt", en="You may act for somebody"),
    Text(vi="Mở mục Thay mặt để xem chi tiết.", en="Open Mandates to see for whom and in what."),
)
MANDATE_ENDED: Final = Template(
    "identity.mandate_ended",
    Category.OFFICIAL,
    Text(vi="Một quyền thay mặt đã chấm dứt", en="A mandate has ended"),
    Text(vi="Bạn không còn thay mặt được nữa.", en="You may not act under it any longer."),
)
ATTESTATION_ENDED: Final = Template(
    "identity.attestation_ended",
    Category.OFFICIAL,
    Text(vi="Một xác nhận của cơ quan đã hết hiệu lực", en="An agency's attestation has ended"),
    Text(vi="Mở mục Xác nhận để xem chi tiết.", en="Open Attestations to see which."),
)
SECURITY: Final = {
    kind: Template(f"identity.{kind.value}", Category.SECURITY, Text(vi="Bảo mật tài khoản", en="The security of your account"), sentence)
    for kind, sentence in SENTENCES.items()
}
APPROVAL: Final = Template(
    "identity.approval_asked",
    Category.SECURITY,
    Text(vi="Bạn đang đăng nhập ở nơi khác?", en="Are you signing in elsewhere?"),
    Text(
        vi="Mở HanoiSmart và nhập số đang hiện trên màn hình kia. Nếu không phải bạn, hãy từ chối.",
        en="Open HanoiSmart and enter the number the other screen shows. If this is not you, refuse.",
    ),
)

TRUST: Final = Template(
    "identity.trust_running_out",
    Category.OFFICIAL,
    Text(vi="Chứng thư gốc sắp hết hạn", en="A root certificate is about to end"),
    Text(vi="{country}: còn {days} ngày. Hãy nhập bản mới.", en="{country}: {days} days are left. Import the new one."),
)
MERGED: Final = Template(
    "identity.merged",
    Category.SECURITY,
    Text(vi="Hai tài khoản của bạn đã được hợp nhất", en="Your two accounts were merged"),
    Text(vi="Nếu không đúng, hãy báo cho chúng tôi: việc này có thể hoàn tác.", en="If that is wrong, tell us: it can be undone."),
)
PARTED: Final = Template(
    "identity.parted",
    Category.SECURITY,
    Text(vi="Việc hợp nhất tài khoản đã được hoàn tác", en="A merge of accounts was undone"),
    Text(vi="Tài khoản này lại đứng riêng như trước.", en="This account stands on its own again."),
)
MANDATES: Final = (MERGED, PARTED, TRUST, DOCUMENT, LOWERED, MANDATE_GIVEN, MANDATE_ENDED, ATTESTATION_ENDED)

PRIVACY: Final = Template(
    "privacy.answered",
    Category.OFFICIAL,
    Text(vi="Yêu cầu về dữ liệu của bạn", en="Your request about your data"),
    Text(vi="Yêu cầu của bạn có cập nhật mới.", en="There is news about your request."),
    sensitive=True,
)
CASE_MESSAGE: Final = Template(
    "moderation.message",
    Category.OFFICIAL,
    Text(vi="Tin nhắn về hồ sơ của bạn", en="A message about your case"),
    Text(vi="Bộ phận kiểm duyệt đã gửi tin nhắn cho bạn. Bạn có thể trả lời.", en="Moderation has written to you. You can answer."),
    sensitive=True,
)
OVERDUE: Final = Template(
    "staff.overdue",
    Category.OFFICIAL,
    Text(vi="Có việc sắp hoặc đã quá hạn luật định", en="Something nears or passed its legal deadline"),
    Text(vi="Hãy mở hàng đợi và xử lý ngay.", en="Open the queue and act now."),
)
STUCK: Final = Template(
    "staff.stuck",
    Category.OFFICIAL,
    Text(vi="Một yêu cầu về dữ liệu cá nhân bị kẹt", en="A request about personal data is stuck"),
    Text(
        vi="Tác vụ của yêu cầu đã lỗi hẳn. Hãy mở hàng đợi và chạy lại.", en="Its job failed for good. Open the queue and start it again."
    ),
)
READINGS: Final = Template(
    "staff.readings",
    Category.OFFICIAL,
    Text(vi="Một cán bộ đọc nhiều dữ liệu cá nhân bất thường", en="An officer reads unusually much personal data"),
    Text(vi="Hãy kiểm tra nhật ký kiểm toán.", en="Look into the audit trail."),
)

for _template in (
    PRIVACY,
    CASE_MESSAGE,
    OVERDUE,
    STUCK,
    READINGS,
    REPLIED,
    DECIDED,
    OUTCOME,
    APPEAL_JUDGED,
    VERIFIED,
    RESIDENCE,
    APPROVAL,
    *SECURITY.values(),
    *MANDATES,
):
    register(_template)
