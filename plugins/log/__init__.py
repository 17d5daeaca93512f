"""The transparency log: an append-only Merkle tree with a leaf for every accepted version (RFC 6962)."""
