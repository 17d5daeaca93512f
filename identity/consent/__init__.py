"""The one ledger of consent: per person, client, scope and the exact text of the purpose."""
