"""A proof of possession is remembered for as long as it could come again."""

from datetime import UTC, datetime, timedelta

import pytest

from app.demo.devices.proofs import DpopKey
from hanoismart import clock
from identity.oauth import dpop

URL = "http://localhost:8000/oauth/token"


@pytest.mark.parametrize("by_nonce", [True, False])
def test_a_proof_is_remembered_until_it_is_too_old(by_nonce: bool) -> None:
    with clock.use(clock.FixedClock(datetime(2026, 3, 1, 8, tzinfo=UTC))) as fixed:
        proof = DpopKey().proof("POST", URL, **({"nonce": dpop.nonce()} if by_nonce else {}))
        until = dpop.verify(proof, method="POST", url=URL).until
        fixed.advance(until - fixed.now() + timedelta(seconds=1))
        with pytest.raises(dpop.ProofRefused):
            dpop.verify(proof, method="POST", url=URL)
