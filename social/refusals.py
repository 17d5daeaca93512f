"""The refusals several rooms of social share."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class PostNotFound(Problem):
    code = "social.post_not_found"
    status = 404
    title = Text(vi="Không tìm thấy bài viết", en="There is no such post")


class GroupNotFound(Problem):
    code = "social.group_not_found"
    status = 404
    title = Text(vi="Không tìm thấy nhóm", en="There is no such group")


class SocialPersonNotFound(Problem):
    code = "social.person_not_found"
    status = 404
    title = Text(vi="Không tìm thấy người này", en="There is no such person")


class TrustNeeded(Problem):
    """`needed` is the trust level that would do: 1 phone verified, 2 identity verified, 3 residence attested."""

    code = "social.trust_needed"
    status = 403
    title = Text(vi="Cần xác thực ở mức cao hơn để làm việc này", en="This needs a higher level of verification")

    def __init__(self, needed: int) -> None:
        super().__init__(needed=needed)


class ResidentsOnly(Problem):
    code = "social.residents_only"
    status = 403
    title = Text(vi="Chỉ cư dân của phường mới được tham gia nhóm này", en="Only residents of the ward may take part in this group")


class MembersOnly(Problem):
    code = "social.members_only"
    status = 403
    title = Text(vi="Hãy tham gia nhóm trước khi viết bài", en="Join the group before you write in it")


class SociallyLocked(Problem):
    code = "social.locked"
    status = 403
    title = Text(vi="Tài khoản đang bị hạn chế trên mạng xã hội", en="The account is restricted in the social layer")


class NotTheAuthor(Problem):
    code = "social.not_the_author"
    status = 403
    title = Text(vi="Chỉ tác giả mới được sửa hoặc xoá", en="Only the author may change or delete this")
