"""The signatures that count from clients: ES256, Ed25519 under either of its names (RFC 9864), and PS256; never RS256, HS256 or none."""

from typing import Any, Final

from joserfc.jws import JWSRegistry

from identity.keys.models import KeyPurpose
from identity.keys.service import ALGORITHM

ALGORITHMS: Final = ["ES256", "EdDSA", "Ed25519", "PS256"]


class _Registry(JWSRegistry):
    """Takes the old name of Ed25519 without a warning on every request: half of the clients in use still write it."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name in ALGORITHMS else super().get_alg(name)


REGISTRY: Final = _Registry(algorithms=ALGORITHMS)
OWN: Final = JWSRegistry(algorithms=[ALGORITHM[KeyPurpose.OAUTH]])
"""What our own tokens are signed with."""
