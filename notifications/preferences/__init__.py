"""Which categories a person wants on which channel; some cannot be muted."""
