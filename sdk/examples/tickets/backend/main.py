"""Tickets to invented events: a payment is asked for, the hub says when the money came, and only then there is a ticket."""

from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException

from hanoismart import MiniApp, NotAgreed, Received, Text, User

app = MiniApp.from_environment("vn.example.tickets")
api = FastAPI(title="Event tickets")
api.mount("/hs", app.webhooks)


@dataclass(frozen=True)
class Event:
    """`price` in đồng."""

    id: str
    name: Text
    price: int
    seats: int


@dataclass
class Ticket:
    """An order that becomes a ticket when it is paid; `sub` is None once the person left."""

    reference: str
    sub: str | None
    event: Event
    intent: str
    paid: bool = False


EVENTS = {
    one.id: one
    for one in (
        Event("lantern", Text(vi="Đêm hội đèn lồng (ví dụ)", en="Lantern night (example)"), 50_000, 3),
        Event("concert", Text(vi="Hòa nhạc bên hồ (ví dụ)", en="Lake concert (example)"), 120_000, 100),
    )
}
tickets: dict[str, Ticket] = {}


@api.get("/healthz")
async def healthy() -> dict[str, bool]:
    """The hub asks here whether the backend can work."""
    return {"ok": True}


@api.get("/events")
async def events(_: Annotated[User | None, Depends(app.visitor())]) -> dict[str, object]:
    """What is on, for anyone."""
    return {
        "items": [
            {"id": one.id, "name": {"vi": one.name.vi, "en": one.name.en}, "price": one.price, "left": left(one)} for one in EVENTS.values()
        ]
    }


def left(event: Event) -> int:
    """Seats nobody has ordered."""
    return event.seats - sum(one.event is event for one in tickets.values())


@api.post("/tickets/{event_id}", status_code=201)
async def order(event_id: str, user: Annotated[User, Depends(app.user(scopes=["payments.charge"]))]) -> dict[str, object]:
    """Order one ticket; the page hands `intent` to the host, whose sheet asks for the payment."""
    event = EVENTS.get(event_id)
    if event is None:
        raise HTTPException(404, {"code": "tickets.no_event"})
    if left(event) < 1:
        raise HTTPException(409, {"code": "tickets.sold_out"})
    reference = uuid4().hex
    tickets[reference] = Ticket(reference, user.sub, event, "")
    try:
        intent = await app.charge(user.sub, event.price, event.name, reference)
    except Exception:
        del tickets[reference]
        raise
    tickets[reference].intent = intent.id
    return {"reference": reference, "intent": intent.id, "amount": intent.amount}


@api.get("/tickets")
async def mine(user: Annotated[User, Depends(app.user())]) -> dict[str, object]:
    """My tickets."""
    own = [one for one in tickets.values() if one.sub == user.sub]
    return {"items": [{"reference": one.reference, "event": one.event.id, "paid": one.paid} for one in own]}


@app.webhook("payment.succeeded")
async def paid(received: Received) -> None:
    """The money has come; another amount, or another app's reference, changes nothing."""
    ticket = tickets.get(str(received.data["reference"]))
    if ticket is None or ticket.paid or received.data["amount"] != ticket.event.price:
        return
    ticket.paid = True
    if ticket.sub is None:
        return
    try:
        await app.notify(ticket.sub, "ticket.ready", {"event": ticket.event.name.vi}, dedupe=ticket.reference)
    except NotAgreed:
        return  # the ticket is in the app all the same


@app.webhook("consent.revoked")
@app.webhook("account.erased")
async def forget(received: Received) -> None:
    """A paid seat stays sold; whose it is, is forgotten."""
    for one in list(tickets.values()):
        if one.sub == received.data["sub"]:
            one.sub = None
            if not one.paid:
                del tickets[one.reference]
