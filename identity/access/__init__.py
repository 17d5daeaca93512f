"""Staff roles: who may do what, since when, and who said so."""
