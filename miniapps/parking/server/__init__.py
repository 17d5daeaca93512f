"""The backend of parking, declared: run it with `python -m hanoismart.server run miniapps.parking.server:backend`, or in the hub."""

from pathlib import Path

from hanoismart.server.miniapp import Backend
from miniapps.parking.server.models import SCHEMA, once
from miniapps.parking.server.places import jobs as _occupancy
from miniapps.parking.server.places.routes import router as places
from miniapps.parking.server.queue import jobs
from miniapps.parking.server.rates.routes import router as rates
from miniapps.parking.server.sessions import charging
from miniapps.parking.server.sessions import jobs as _sessions
from miniapps.parking.server.sessions.routes import router as sessions

_ = (_occupancy, _sessions)  # importing them registers their jobs

backend = Backend(
    app_id="vn.hanoi.parking",
    schema=SCHEMA,
    migrations=Path(__file__).parents[1] / "migrations",
    once=once,
    jobs=jobs,
    routers=[places, rates, sessions],
    heard={
        "payment.succeeded": charging.paid,
        "consent.revoked": charging.forget,
        "account.erased": charging.erase,
    },
)
