"""A price before anything is paid needs no account."""

from hanoismart.clock import now
from hanoismart.server.edge import Session
from hanoismart.server.miniapp import Public
from hanoismart.server.routing import Router
from miniapps.parking.server.places.queries import PlaceNotFound
from miniapps.parking.server.rates import service
from miniapps.parking.server.rates.schemas import QuoteIn, QuoteOut, parts_out
from miniapps.parking.server.rates.service import NoTariff, StayInvalid

router = Router(tags=["rates"])


@router.post("/quotes", audience=Public(), response_model=QuoteOut, problems=[PlaceNotFound, StayInvalid, NoTariff])
async def quote_stay(body: QuoteIn, session: Session) -> QuoteOut:
    """What a stay would cost, window by window."""
    starts_at = body.starts_at or now()
    ends_at = body.end(starts_at)
    priced = await service.price(session, body.place_id, body.vehicle_class, starts_at, ends_at)
    return QuoteOut(
        amount=priced.quote.amount,
        currency="VND",
        rate_code=priced.tariff.code,
        rate_version=priced.tariff.version,
        starts_at=starts_at,
        ends_at=ends_at,
        parts=parts_out(priced.quote),
    )
