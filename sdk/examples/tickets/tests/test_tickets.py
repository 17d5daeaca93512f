"""From the order over the payment to the message, and what remains when somebody leaves."""

import pytest
from backend.main import api, app, tickets


@pytest.fixture
def host(hs_host):
    tickets.clear()
    return hs_host(backend=api, app=app)


def ordered(host, number=1, *, told=True):
    person = host.citizen(number)
    host.agree(person, "payments.charge", *(["notifications.send"] if told else []))
    host.decline(person, "profile.name", *([] if told else ["notifications.send"]))
    page = host.open(person)
    answer = page.post("/tickets/lantern")
    assert answer.status_code == 201
    return page, answer.json()


def test_a_ticket_is_a_ticket_when_it_is_paid(host):
    page, order = ordered(host)
    assert page.get("/tickets").json()["items"][0]["paid"] is False
    (payment,) = host.payments
    assert (payment.amount, payment.reference) == (50_000, order["reference"])
    (answer,) = host.pay(payment)
    assert answer.status_code == 204
    assert page.get("/tickets").json()["items"][0]["paid"] is True
    assert [one.text.vi for one in host.notifications] == ["Vé Đêm hội đèn lồng (ví dụ) đã sẵn sàng"]


def test_a_message_that_comes_twice_tells_once(host):
    ordered(host)
    delivery = host.superapp.settle(host.payments[0].id)
    assert host.deliver_one(delivery).status_code == 204
    assert host.deliver_one(delivery).status_code == 204
    assert len(host.notifications) == 1


def test_another_amount_pays_nothing(host):
    page, order = ordered(host)
    assert host.send("payment.succeeded", {"reference": order["reference"], "amount": 1}).status_code == 204
    assert page.get("/tickets").json()["items"][0]["paid"] is False


def test_the_last_seat_is_sold_once(host):
    for number in (1, 2, 3):
        ordered(host, number)
    host.agree(host.citizen(4), "payments.charge")
    host.decline(host.citizen(4), "profile.name", "notifications.send")
    assert host.open(4).post("/tickets/lantern").json()["detail"]["code"] == "tickets.sold_out"
    assert host.open(4).post("/tickets/nothing").status_code == 404


def test_who_will_not_be_told_has_the_ticket_all_the_same(host):
    page, _ = ordered(host, told=False)
    host.pay(host.payments[0])
    assert page.get("/tickets").json()["items"][0]["paid"] is True
    assert host.notifications == []


def test_whoever_leaves_is_forgotten_and_a_paid_seat_stays_sold(host):
    page, _ = ordered(host, 1)
    ordered(host, 2)
    host.pay(host.payments[0])
    host.erase(page.person)
    host.erase(host.citizen(2))
    assert [(one.sub, one.paid) for one in tickets.values()] == [(None, True)]
