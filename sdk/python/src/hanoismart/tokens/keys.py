"""Ed25519 keys by their id: what the hub publishes, and what a backend verifies with."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

PublicKeys = Mapping[str, OKPKey]


def new_key() -> OKPKey:
    """A fresh private key whose kid is its RFC 7638 thumbprint."""
    key = OKPKey.generate_key("Ed25519")
    return private_key(key.as_dict(private=True))


def private_key(jwk: Mapping[str, object]) -> OKPKey:
    """A private key from its JWK (RFC 8037), its kid always the thumbprint; raises ValueError for any other kind of key."""
    key = _ed25519(jwk)
    if not key.is_private:
        raise ValueError("a private key is needed")
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def public_jwks(keys: Iterable[OKPKey]) -> dict[str, list[dict[str, object]]]:
    """The JWK Set (RFC 7517) to publish: public halves only."""
    return {"keys": [{**key.as_dict(private=False), "kid": kid_of(key), "alg": "Ed25519", "use": "sig"} for key in keys]}


def public_keys(jwks: Mapping[str, object]) -> PublicKeys:
    """The Ed25519 keys of a JWK Set by kid; other kinds are passed over, and a private half is dropped.

    Raises ValueError where the document is no JWK Set or an id stands twice.
    """
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        raise ValueError("a JWK Set has a list of keys")  # noqa: TRY004 - a malformed document, not a wrong call
    found: dict[str, OKPKey] = {}
    for jwk in listed:
        if not isinstance(jwk, Mapping) or jwk.get("crv") != "Ed25519" or jwk.get("use", "sig") != "sig":
            continue
        key, kid = _ed25519({"kty": jwk.get("kty"), "crv": "Ed25519", "x": jwk.get("x")}), jwk.get("kid")
        name = kid if isinstance(kid, str) and kid else key.thumbprint()
        if name in found:
            raise ValueError("a key id stands twice")
        found[name] = key
    return MappingProxyType(found)


def kid_of(key: OKPKey) -> str:
    """The key's id: the one it carries, else its thumbprint."""
    return key.kid or key.thumbprint()


def _ed25519(jwk: Mapping[str, object]) -> OKPKey:
    members = {name: value for name, value in jwk.items() if name in {"kty", "crv", "x", "d"} and isinstance(value, str)}
    if members.get("kty") != "OKP" or members.get("crv") != "Ed25519":
        raise ValueError("an Ed25519 key is needed")
    try:
        key = OKPKey.import_key({**members})
        key.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError) as broken:
        raise ValueError("the key is malformed") from broken
    return key
