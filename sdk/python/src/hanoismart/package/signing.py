"""The developer's signature over a package, and the registry's over what it accepted; both bind app, version and environment."""

import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from hanoismart.package.model import Package, digest_of
from hanoismart.tokens import PublicKeys, TokenError
from hanoismart.tokens.signed import moment, open_signed, raw_signature, seconds, text
from hanoismart.tokens.signed import sign as sign_compact

Environment = Literal["sandbox", "production"]
SIGNATURE_TYPE: Final = "hs-package+jws"
COUNTERSIGNATURE_TYPE: Final = "hs-registry+jws"
_DETACHED = re.compile(r"([A-Za-z0-9_-]{20,1000})\.\.([A-Za-z0-9_-]{80,100})")


class SignatureRefused(ValueError):
    """A signature that must not be believed; `step` is missing, form, header, environment, key or signature."""

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(f"signature refused: {step}")


@dataclass(frozen=True, slots=True)
class Header:
    """What a developer's signature says about itself."""

    kid: str
    environment: str


def sign(package: Package, key: OKPKey, environment: Environment) -> Package:
    """The package with the developer's detached JWS (RFC 7515, appendix F) over its files.json."""
    header = {"alg": "Ed25519", "env": environment, "kid": key.thumbprint(), "typ": SIGNATURE_TYPE}
    protected = _encode(json.dumps(header, separators=(",", ":")).encode())
    signature = raw_signature(_signed(protected, package.files_json), key)
    return replace(package, signature=f"{protected}..{_encode(signature)}")


def header_of(package: Package) -> Header:
    """The header of a package's signature, before it is believed. Raises SignatureRefused."""
    if package.signature is None:
        raise SignatureRefused("missing")
    protected, _ = _parts(package.signature)
    try:
        header = json.loads(urlsafe_b64decode(protected.encode()))
    except ValueError as broken:
        raise SignatureRefused("form") from broken
    if not isinstance(header, dict) or header.keys() != {"alg", "env", "kid", "typ"} or header["typ"] != SIGNATURE_TYPE:
        raise SignatureRefused("header")
    if header["alg"] not in {"Ed25519", "EdDSA"} or not isinstance(header["kid"], str) or not isinstance(header["env"], str):
        raise SignatureRefused("header")
    return Header(header["kid"], header["env"])


def verify(package: Package, keys: PublicKeys, environment: Environment) -> str:
    """The kid whose signature holds over exactly these files, for this environment. Raises SignatureRefused with the step that failed."""
    header = header_of(package)
    if header.environment != environment:
        raise SignatureRefused("environment")
    key = keys.get(header.kid)
    if key is None or key.thumbprint() != header.kid:
        raise SignatureRefused("key")
    protected, signature = _parts(package.signature or "")
    public = key.public_key
    if not isinstance(public, Ed25519PublicKey):
        raise SignatureRefused("key")
    try:
        public.verify(urlsafe_b64decode(signature.encode()), _signed(protected, package.files_json))
    except (InvalidSignature, ValueError) as refused:
        raise SignatureRefused("signature") from refused
    return header.kid


def outside(package: Package) -> tuple[bytes, bytes]:
    """What a plain Ed25519 tool checks: the signed bytes, and the 64 bytes of the signature. Raises SignatureRefused."""
    if package.signature is None:
        raise SignatureRefused("missing")
    protected, signature = _parts(package.signature)
    return _signed(protected, package.files_json), urlsafe_b64decode(signature.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """The registry's word that it accepted these bytes: by which decision, under which version of its rules, and when."""

    app_id: str
    version_code: int
    digest: str
    environment: str
    decision: str
    policy: str
    at: datetime


def countersign(said: Countersignature, key: OKPKey) -> str:
    """The registry's compact JWS."""
    claims: dict[str, object] = {
        "app_id": said.app_id,
        "version_code": said.version_code,
        "digest": said.digest,
        "env": said.environment,
        "decision": said.decision,
        "policy": said.policy,
        "iat": seconds(said.at),
    }
    return sign_compact(claims, key, typ=COUNTERSIGNATURE_TYPE)


def verify_countersignature(raw: str, keys: PublicKeys, files_json: bytes) -> Countersignature:
    """What the registry said about exactly these bytes. Raises SignatureRefused."""
    try:
        claims = open_signed(raw, keys, typ=COUNTERSIGNATURE_TYPE)
        code = claims.get("version_code")
        said = Countersignature(
            app_id=text(claims, "app_id"),
            version_code=code if isinstance(code, int) else 0,
            digest=text(claims, "digest"),
            environment=text(claims, "env"),
            decision=text(claims, "decision"),
            policy=text(claims, "policy"),
            at=moment(claims, "iat"),
        )
    except TokenError as refused:
        raise SignatureRefused(refused.step) from refused
    if said.digest != digest_of(files_json):
        raise SignatureRefused("digest")
    return said


def _signed(protected: str, payload: bytes) -> bytes:
    return f"{protected}.{_encode(payload)}".encode()


def _parts(detached: str) -> tuple[str, str]:
    found = _DETACHED.fullmatch(detached)
    if found is None:
        raise SignatureRefused("form")
    return found[1], found[2]


def _encode(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
