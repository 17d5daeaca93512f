"""Why a step of a rollout is refused."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class TooManyTesters(Problem):
    code = "rollout.too_many_testers"
    status = 422
    title = Text(vi="Tối đa 200 người thử nghiệm", en="At most 200 people can try a version")


class TesterUnknown(Problem):
    code = "rollout.tester_unknown"
    status = 422
    title = Text(vi="Không tìm thấy người thử nghiệm này", en="This tester was not found")


class KillNotFound(Problem):
    code = "rollout.kill_not_found"
    status = 404
    title = Text(vi="Không có công tắc dừng này", en="There is no such kill switch")
