"""Who is served which version: whitelist, canary, live, back again, and the switches that stop things at once."""
