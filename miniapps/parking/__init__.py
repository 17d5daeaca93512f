"""Parking in Hà Nội: find a car park, know the price before it is paid, park, extend, stop."""
