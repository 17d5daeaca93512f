"""Why the log gives no proof."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class ProofImpossible(Problem):
    code = "registry.proof_impossible"
    status = 422
    title = Text(vi="Không có bằng chứng cho các kích thước này", en="There is no proof for these sizes")


class NotLogged(Problem):
    code = "registry.not_logged"
    status = 404
    title = Text(vi="Phiên bản này không có trong nhật ký", en="This version is not in the log")
