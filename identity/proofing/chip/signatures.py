"""Checking one signature with one key, for the few algorithms a document signer may use."""

from dataclasses import dataclass

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from identity.proofing.chip.curves import curve_of
from identity.proofing.chip.refusals import HashAlgorithmRefused, SignatureAlgorithmRefused

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
"""The only hashes accepted anywhere on a chip."""

SMALLEST_SIGNER_RSA = 2048
SMALLEST_CHIP_RSA = 1024
"""Many passports in use hold a 1024-bit key for active authentication; a forger would have to break it for each single chip."""
_LARGEST_RSA = 8192
_LARGEST_EXPONENT_BITS = 33  # 65537 everywhere in practice; a giant exponent only costs us time

_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_ECDSA = {"1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512"}
_PKCS1 = {"1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384", "1.2.840.113549.1.1.13": "sha512"}
_WEAK = frozenset(
    {
        "1.2.840.113549.1.1.4",  # MD5 with RSA
        "1.2.840.113549.1.1.5",  # SHA-1 with RSA
        "1.2.840.113549.1.1.14",  # SHA-224 with RSA
        "1.2.840.10045.4.1",  # ECDSA with SHA-1
        "1.2.840.10045.4.3.1",  # ECDSA with SHA-224
    }
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature was made; `padding` is None for ECDSA."""

    hash: hashes.HashAlgorithm
    padding: padding.PSS | padding.PKCS1v15 | None


def accepted_hash(name: str, step: str) -> hashes.HashAlgorithm:
    """The hash of that name (`sha256`). Raises HashAlgorithmRefused for every other than SHA-256, -384 and -512."""
    found = HASHES.get(name)
    if found is None:
        raise HashAlgorithmRefused(step)
    return found


def scheme_of(algorithm: algos.SignedDigestAlgorithm, step: str, digest: str | None = None) -> Scheme:
    """The scheme an AlgorithmIdentifier stands for; `digest` is the hash a CMS signer names beside it (RFC 5652 section 5.3).

    Raises HashAlgorithmRefused, SignatureAlgorithmRefused; ValueError and the like where the parameters are unreadable.
    """
    oid = algorithm["algorithm"].dotted
    if oid in _WEAK:
        raise HashAlgorithmRefused(step)
    if oid in _ECDSA:
        return Scheme(HASHES[_ECDSA[oid]], None)
    if oid in _PKCS1:
        return Scheme(HASHES[_PKCS1[oid]], padding.PKCS1v15())
    if oid == _RSA_ENCRYPTION and digest is not None:
        return Scheme(accepted_hash(digest, step), padding.PKCS1v15())
    if oid == _RSA_PSS:
        return _pss(algorithm["parameters"], step)
    raise SignatureAlgorithmRefused(step)


def load_key(spki: keys.PublicKeyInfo, *, smallest_rsa: int = SMALLEST_SIGNER_RSA) -> PublicKey:
    """The key of a SubjectPublicKeyInfo, explicit curve parameters included (which `cryptography` itself refuses).

    Raises SignatureAlgorithmRefused for other kinds, sizes and curves; ValueError and the like for a key that is none.
    """
    oid = spki["algorithm"]["algorithm"].dotted
    if oid == _EC_PUBLIC_KEY:
        curve = curve_of(spki["algorithm"]["parameters"])
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes(spki["public_key"].native))
    if oid not in {_RSA_ENCRYPTION, _RSA_PSS}:
        raise SignatureAlgorithmRefused("key")
    numbers = spki["public_key"].parsed
    modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
    if not smallest_rsa <= modulus.bit_length() <= _LARGEST_RSA or exponent.bit_length() > _LARGEST_EXPONENT_BITS:
        raise SignatureAlgorithmRefused("key")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def verifies(key: PublicKey, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` is `key`'s, made by `scheme`; False also where key and scheme do not go together."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if scheme.padding is not None:
                return False
            key.verify(signature, message, ec.ECDSA(scheme.hash))
        else:
            if scheme.padding is None:
                return False
            key.verify(signature, message, scheme.padding, scheme.hash)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _pss(parameters: algos.RSASSAPSSParams, step: str) -> Scheme:
    """RFC 4055 section 3.1; every default there is SHA-1, so absent parameters are refused by the hash."""
    main = accepted_hash(parameters["hash_algorithm"]["algorithm"].native, step)
    generator = parameters["mask_gen_algorithm"]
    if generator["algorithm"].native != "mgf1" or int(parameters["trailer_field"]) != 1:
        raise SignatureAlgorithmRefused(step)
    mask = accepted_hash(generator["parameters"]["algorithm"].native, step)
    salt = parameters["salt_length"].native
    if not 0 <= salt <= _LARGEST_RSA // 8:
        raise SignatureAlgorithmRefused(step)
    return Scheme(main, padding.PSS(mgf=padding.MGF1(mask), salt_length=salt))
