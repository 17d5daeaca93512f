"""The same world as the conformance tests have."""

from tests.identity.conformance.conftest import world

__all__ = ["world"]
