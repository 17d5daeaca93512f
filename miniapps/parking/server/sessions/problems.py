"""Why a session cannot be started, extended or stopped."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class SessionNotFound(Problem):
    code = "parking.session_not_found"
    status = 404
    title = Text(vi="Không tìm thấy lượt đỗ", en="There is no such session")


class SessionOpen(Problem):
    code = "parking.session_open"
    status = 409
    title = Text(vi="Xe này đang đỗ ở đây", en="This vehicle is parked here already")


class SessionClosed(Problem):
    code = "parking.session_closed"
    status = 409
    title = Text(vi="Lượt đỗ đã kết thúc", en="The session is over")


class PaymentWaiting(Problem):
    code = "parking.payment_waiting"
    status = 409
    title = Text(vi="Đang chờ một khoản thanh toán", en="A payment is still open")


class PaymentUnavailable(Problem):
    code = "parking.payment_unavailable"
    status = 503
    title = Text(vi="Chưa tạo được khoản thanh toán, vui lòng thử lại", en="The payment could not be made ready, please try again")
