"""Reports, cases, decisions with reasons, and appeals to somebody else: how the city's social life is moderated."""
