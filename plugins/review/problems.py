"""Why a step of a review is refused."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class ReviewNotFound(Problem):
    code = "review.not_found"
    status = 404
    title = Text(vi="Không có lượt xem xét này", en="There is no such review")


class ReviewOver(Problem):
    code = "review.over"
    status = 409
    title = Text(vi="Lượt xem xét này đã kết thúc", en="This review is over")


class ReviewHeld(Problem):
    code = "review.held"
    status = 409
    title = Text(vi="Người khác đang xem xét phiên bản này", en="Somebody else is reviewing this version")


class OwnWork(Problem):
    """Who submits, develops for the owner, or decided the round before does not decide."""

    code = "review.own_work"
    status = 403
    title = Text(vi="Bạn không được quyết định về phiên bản này", en="You may not decide on this version")


class NotImpartial(Problem):
    """Who approved has since joined the developer's organisation: as if nobody had looked. A new version is reviewed by others."""

    code = "review.not_impartial"
    status = 409
    title = Text(
        vi="Người duyệt nay thuộc tổ chức của nhà phát triển; hãy gửi lại phiên bản mới",
        en="A reviewer now belongs to the developer's organisation; submit a new version",
    )


class SpokenBefore(Problem):
    code = "review.spoken_before"
    status = 409
    title = Text(vi="Bạn đã cho ý kiến; cần một người khác", en="You have spoken; somebody else must")


class RulesNeeded(Problem):
    code = "review.rules_needed"
    status = 422
    title = Text(vi="Từ chối phải nêu các quy tắc bị vi phạm", en="A rejection names the rules that are broken")


class AppealImpossible(Problem):
    code = "review.appeal_impossible"
    status = 409
    title = Text(vi="Không thể khiếu nại ở bước này", en="There is nothing to appeal here")


class SignerRevoked(Problem):
    """The developer's key was revoked while the version waited: nothing new counts under it."""

    code = "review.signer_revoked"
    status = 409
    title = Text(vi="Khóa ký phiên bản này đã bị thu hồi", en="The key that signed this version was revoked")
