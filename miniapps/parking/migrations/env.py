"""Alembic's environment for the schema of parking."""

import miniapps.parking.server.places.models
import miniapps.parking.server.rates.models
import miniapps.parking.server.sessions.models  # noqa: F401 (importing fills the metadata)
from hanoismart.server.migrations import run_env
from miniapps.parking.server.models import Base

run_env(Base.metadata)
