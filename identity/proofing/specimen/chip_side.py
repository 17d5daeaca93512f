"""The chip's side of chip authentication: what a passport's own processor would do with our key and our command."""

from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec

from identity.proofing.chip.lds import SecurityInfo
from identity.proofing.chip.secure_messaging import Channel, Suite, derive
from identity.proofing.specimen.signing import PrivateKey, public_info

ARCS = {Suite.TRIPLE_DES: "1", Suite.AES_128: "2", Suite.AES_192: "3", Suite.AES_256: "4"}
_PROTOCOL = "0.4.0.127.0.7.2.2.3.2."
_KEY = "0.4.0.127.0.7.2.2.1.2"


def infos(key: PrivateKey, suite: Suite) -> list[SecurityInfo]:
    """What data group 14 says of the key."""
    return [
        SecurityInfo({"protocol": f"{_PROTOCOL}{ARCS[suite]}", "required": core.Integer(1)}),
        SecurityInfo({"protocol": _KEY, "required": core.Sequence.load(public_info(key))}),
    ]


def answer(key: ec.EllipticCurvePrivateKey, suite: Suite, dg14: bytes, public_key: bytes, command: bytes) -> bytes:
    """The chip's protected answer to our protected command. Raises AnswerInvalidError where the command is not under our common keys."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, public_key)
    channel = Channel(suite, *derive(key.exchange(ec.ECDH(), theirs), suite))
    _, expected = channel.read_command(command)
    return channel.answer(dg14[:expected])
