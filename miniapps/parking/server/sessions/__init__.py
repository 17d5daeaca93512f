"""Parking sessions: started, paid, extended, stopped, reminded of."""
