"""How far apart cities are, for telling that nobody travels so fast; a place that is not listed says nothing."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

from hanoismart.folding import fold

EARTH_KILOMETRES: Final = 6371.0
# Latitude and longitude in degrees; names as a locator writes them, compared without marks and case.
CITIES: Final[dict[str, tuple[float, float]]] = {
    "hà nội": (21.03, 105.85),
    "hải phòng": (20.86, 106.68),
    "quảng ninh": (20.95, 107.08),
    "thanh hóa": (19.81, 105.78),
    "nghệ an": (18.67, 105.69),
    "huế": (16.46, 107.59),
    "đà nẵng": (16.05, 108.20),
    "nha trang": (12.24, 109.19),
    "thành phố hồ chí minh": (10.78, 106.70),
    "ho chi minh city": (10.78, 106.70),
    "cần thơ": (10.03, 105.78),
    "hanoi": (21.03, 105.85),
    "bangkok": (13.76, 100.50),
    "phnom penh": (11.56, 104.92),
    "vientiane": (17.97, 102.63),
    "singapore": (1.35, 103.82),
    "kuala lumpur": (3.14, 101.69),
    "jakarta": (-6.21, 106.85),
    "manila": (14.60, 120.98),
    "hong kong": (22.32, 114.17),
    "beijing": (39.90, 116.41),
    "taipei": (25.03, 121.57),
    "seoul": (37.57, 126.98),
    "tokyo": (35.68, 139.69),
    "sydney": (-33.87, 151.21),
    "delhi": (28.61, 77.21),
    "dubai": (25.20, 55.27),
    "moscow": (55.76, 37.62),
    "berlin": (52.52, 13.41),
    "paris": (48.86, 2.35),
    "london": (51.51, -0.13),
    "new york": (40.71, -74.01),
    "san francisco": (37.77, -122.42),
}
_FOLDED: Final = {fold(name): place for name, place in CITIES.items()}


class CityDistances:
    """Great circles between the cities of the list."""

    def kilometres(self, one: str, other: str) -> float | None:
        here, there = _FOLDED.get(fold(one)), _FOLDED.get(fold(other))
        if here is None or there is None:
            return None
        (north, east), (north_there, east_there) = (tuple(map(radians, place)) for place in (here, there))
        arc = sin((north_there - north) / 2) ** 2 + cos(north) * cos(north_there) * sin((east_there - east) / 2) ** 2
        return 2 * EARTH_KILOMETRES * asin(sqrt(arc))
