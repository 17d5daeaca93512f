"""A specimen country's signing authority: its root, its document signers and its revocation list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hanoismart import clock
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen.signing import KeyKind, PrivateKey, algorithm_of, generate, public_info, rsa_padding, sign

REVOKED_SERIAL = 0x5250_4543_494D_454E
"""The serial number that every specimen authority's revocation list names."""

_HASH = "sha256"
_ROOT_DAYS = 15 * 365
_SIGNER_DAYS = 11 * 365
_ALPHA2 = {"UTO": "UT", "VNM": "VN", "D": "DE", "FRA": "FR", "GBR": "GB", "USA": "US", "KOR": "KR", "JPN": "JP", "AUS": "AU", "SGP": "SG"}


@dataclass(frozen=True, slots=True, repr=False)
class SignerRequest:
    """What a document signer's certificate shall be; the defaults are a good one."""

    kind: KeyKind = KeyKind.P256
    explicit_curve: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    serial: int | None = None
    authority: bool = False
    other_tasks: bool = False
    master_lists: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class DocumentSigner:
    key: PrivateKey
    kind: KeyKind
    certificate: bytes
    sent_along: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class SpecimenAuthority:
    """The root of one country in development. It counts only where the caller puts `trust_store()` among its anchors."""

    country: str
    kind: KeyKind
    key: PrivateKey
    certificate: bytes
    """The root's certificate, DER."""

    @classmethod
    def create(cls, country: str = "UTO", *, kind: KeyKind = KeyKind.P384, explicit_curve: bool = False) -> "SpecimenAuthority":
        """A new authority for the issuer code `country`: UTO is the reserved specimen country, others stand in for a real one."""
        key = generate(kind)
        name = _name(country, "CSCA")
        usage = _key_usage(certificates=True)
        start = clock.now() - timedelta(days=4 * 365)
        builder = _builder(name, name, key, x509.random_serial_number(), (start, start + timedelta(days=_ROOT_DAYS)))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return cls(country, kind, key, _issued(builder, key, kind, public_info(key, explicit_curve=explicit_curve)))

    @classmethod
    def load(cls, folder: Path, country: str = "UTO") -> "SpecimenAuthority":
        """The authority that `save` kept. Raises FileNotFoundError where there is none."""
        place = folder / country
        key = serialization.load_pem_private_key((place / "csca.key").read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((place / "csca.pem").read_bytes()).public_bytes(serialization.Encoding.DER)
        kind = KeyKind((place / "csca.kind").read_text().strip())
        if not isinstance(key, PrivateKey):
            raise FileNotFoundError("the specimen authority's key is of another kind")
        return cls(country, kind, key, certificate)

    def save(self, folder: Path) -> None:
        """Keeps key (0600), certificate and revocation list in `folder`/<country>/, which `TrustStore.load(folder)` reads too."""
        place = folder / self.country
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (place / "csca.key").touch(mode=0o600)
        (place / "csca.key").write_bytes(key)
        (place / "csca.pem").write_bytes(x509.load_der_x509_certificate(self.certificate).public_bytes(serialization.Encoding.PEM))
        (place / "csca.crl").write_bytes(self.revocation_list())
        (place / "csca.kind").write_text(self.kind)

    def trust_store(self) -> TrustStore:
        """This root and its revocation list, as the only anchor of its country."""
        return TrustStore.build({self.country: [self.certificate]}, {self.country: [self.revocation_list()]})

    def revocation_list(self) -> bytes:
        """A revocation list (DER) that names `REVOKED_SERIAL`, good for 90 days."""
        now = clock.now()
        entry = x509.RevokedCertificateBuilder().serial_number(REVOKED_SERIAL).revocation_date(now).build()
        builder = x509.CertificateRevocationListBuilder().issuer_name(_name(self.country, "CSCA")).last_update(now)
        builder = builder.next_update(now + timedelta(days=90)).add_revoked_certificate(entry)
        made = builder.sign(self.key, hashes.SHA256(), rsa_padding=rsa_padding(self.kind, _HASH))
        return made.public_bytes(serialization.Encoding.DER)

    def link(self, newer: "SpecimenAuthority") -> bytes:
        """A link certificate (DER): this root's word for the newer one's key (ICAO 9303-12 section 5.2)."""
        start = clock.now() - timedelta(days=365)
        builder = _builder(
            _name(self.country, "CSCA"),
            _name(self.country, "CSCA"),
            newer.key,
            x509.random_serial_number(),
            (start, start + timedelta(days=_ROOT_DAYS)),
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(certificates=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(newer.key.public_key()), critical=False)
        return _issued(builder, self.key, self.kind, public_info(newer.key))

    def issue_signer(self, request: SignerRequest | None = None) -> DocumentSigner:
        """A new document signer under this root."""
        wish = request or SignerRequest()
        key = generate(wish.kind)
        start = wish.not_before or clock.now() - timedelta(days=365)
        period = (start, wish.not_after or start + timedelta(days=_SIGNER_DAYS))
        serial = x509.random_serial_number() if wish.serial is None else wish.serial
        builder = _builder(_name(self.country, "DSC"), _name(self.country, "CSCA"), key, serial, period)
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(above, critical=False)
        builder = builder.add_extension(_key_usage(certificates=wish.authority), critical=True)
        if wish.authority:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        if wish.other_tasks:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        if wish.master_lists:
            builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.3")]), critical=True)
        info = public_info(key, explicit_curve=wish.explicit_curve)
        return DocumentSigner(key, wish.kind, _issued(builder, self.key, self.kind, info))


def _name(country: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, _ALPHA2.get(country, country[:2])),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HanoiSmart Specimen"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{role} Specimen {country}"),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, serial: int, period: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(serial).not_valid_before(period[0]).not_valid_after(period[1])


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued(builder: x509.CertificateBuilder, key: PrivateKey, kind: KeyKind, info: bytes) -> bytes:
    """The certificate for exactly the key information `info`, which the builder alone would write with a named curve."""
    made = builder.sign(key, hashes.SHA256(), rsa_padding=rsa_padding(kind, _HASH))
    body = asn1_x509.TbsCertificate.load(made.tbs_certificate_bytes)
    body["subject_public_key_info"] = asn1_x509.PublicKeyInfo.load(info)
    encoded = body.dump(force=True)
    certificate = asn1_x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": algorithm_of(kind, _HASH),
            "signature_value": sign(key, kind, _HASH, encoded),
        }
    )
    return bytes(certificate.dump())
