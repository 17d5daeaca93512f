"""What the routes of the identity lock give."""

from datetime import datetime

from hanoismart.server.schemas import Out


class LockOut(Out):
    locked: bool
    frozen_until: datetime | None
