"""Keys and signatures of the specimen country, in every form a real country uses."""

from enum import StrEnum

from asn1crypto import algos, core, keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from identity.proofing.chip.curves import PARAMETERS

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
HashAlgorithm = hashes.SHA1 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512

HASHES: dict[str, HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - for chips that must be refused
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class KeyKind(StrEnum):
    """A kind of key with the way it signs."""

    P256 = "p256"
    P384 = "p384"
    P521 = "p521"
    BRAINPOOL_P256 = "brainpool_p256"
    BRAINPOOL_P384 = "brainpool_p384"
    BRAINPOOL_P512 = "brainpool_p512"
    RSA = "rsa"
    RSA_PSS = "rsa_pss"


_CURVES: dict[KeyKind, ec.EllipticCurve] = {
    KeyKind.P256: ec.SECP256R1(),
    KeyKind.P384: ec.SECP384R1(),
    KeyKind.P521: ec.SECP521R1(),
    KeyKind.BRAINPOOL_P256: ec.BrainpoolP256R1(),
    KeyKind.BRAINPOOL_P384: ec.BrainpoolP384R1(),
    KeyKind.BRAINPOOL_P512: ec.BrainpoolP512R1(),
}


def generate(kind: KeyKind) -> PrivateKey:
    """A new key; RSA keys have 2048 bits."""
    curve = _CURVES.get(kind)
    return rsa.generate_private_key(65537, 2048) if curve is None else ec.generate_private_key(curve)


def rsa_padding(kind: KeyKind, hash_name: str) -> padding.PSS | padding.PKCS1v15 | None:
    """The padding of an RSA kind, None for an elliptic curve."""
    if kind is KeyKind.RSA:
        return padding.PKCS1v15()
    if kind is KeyKind.RSA_PSS:
        algorithm = HASHES[hash_name]
        return padding.PSS(mgf=padding.MGF1(algorithm), salt_length=algorithm.digest_size)
    return None


def sign(key: PrivateKey, kind: KeyKind, hash_name: str, message: bytes) -> bytes:
    algorithm = HASHES[hash_name]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(algorithm))
    return key.sign(message, rsa_padding(kind, hash_name) or padding.PKCS1v15(), algorithm)


def algorithm_of(kind: KeyKind, hash_name: str) -> algos.SignedDigestAlgorithm:
    """The AlgorithmIdentifier that says how `sign` signed."""
    if kind is KeyKind.RSA:
        return algos.SignedDigestAlgorithm({"algorithm": f"{hash_name}_rsa"})
    if kind is KeyKind.RSA_PSS:
        digest = algos.DigestAlgorithm({"algorithm": hash_name})
        parameters = algos.RSASSAPSSParams(
            {
                "hash_algorithm": digest,
                "mask_gen_algorithm": algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest}),
                "salt_length": HASHES[hash_name].digest_size,
            }
        )
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return algos.SignedDigestAlgorithm({"algorithm": f"{hash_name}_ecdsa"})


def public_info(key: PrivateKey, *, explicit_curve: bool = False) -> bytes:
    """The SubjectPublicKeyInfo, DER; with the curve's parameters written out where asked, as Germany and others do."""
    encoded = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not explicit_curve or not isinstance(key, ec.EllipticCurvePrivateKey):
        return encoded
    info = keys.PublicKeyInfo.load(encoded)
    named = keys.PublicKeyAlgorithm({"algorithm": "ec", "parameters": keys.ECDomainParameters("specified", explicit_domain(key.curve))})
    return bytes(keys.PublicKeyInfo({"algorithm": named, "public_key": info["public_key"]}).dump())


def explicit_domain(curve: ec.EllipticCurve) -> keys.SpecifiedECDomain:
    """The parameters of `curve` written out (SEC 1 section C.2)."""
    size = (curve.key_size + 7) // 8
    p, a, b, x, y, n = PARAMETERS[curve.name]
    return keys.SpecifiedECDomain(
        {
            "version": 1,
            "field_id": keys.FieldID({"field_type": "prime_field", "parameters": core.Integer(p)}),
            "curve": keys.Curve({"a": a.to_bytes(size, "big"), "b": b.to_bytes(size, "big")}),
            "base": keys.ECPoint(b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")),
            "order": n,
            "cofactor": 1,
        }
    )
