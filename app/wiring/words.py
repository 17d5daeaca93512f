"""The messages that reactions send, in both languages."""

from typing import Final

from hanoismart.text import Text
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

for _template in (REPLIED, DECIDED, OUTCOME, APPEAL_JUDGED, VERIFIED, RESIDENCE):
    register(_template)
