"""The tables of every package, for autogenerate and for the check that models and migrations agree."""

from sqlalchemy import MetaData

import kernel.models

PACKAGES: dict[str, MetaData] = {
    "kernel": kernel.models.Base.metadata,
}
