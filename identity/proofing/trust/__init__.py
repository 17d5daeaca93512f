"""The trust store: which country's roots may vouch for documents, and what of theirs is revoked."""
