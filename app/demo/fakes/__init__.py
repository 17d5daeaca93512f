"""Stand-ins for outside parties that speak the real protocol on a real socket, for the demo and the tests; refused in production."""
