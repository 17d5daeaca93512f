"""The door to the city's administrative units."""

from identity.places.queries import Unit, UnitNotFound, search, today, unit, unit_by_code
from identity.places.service import seed

__all__ = ["Unit", "UnitNotFound", "search", "seed", "today", "unit", "unit_by_code"]
