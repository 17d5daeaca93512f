"""The backend's own queue, in its own schema."""

from hanoismart.server.jobs import Jobs
from miniapps.parking.server.models import SCHEMA

jobs = Jobs(SCHEMA)
