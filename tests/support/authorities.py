"""A small authority of one's own, and the server certificates it gives."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hanoismart.clock import now


class Authority:
    """Its certificate lies in `trusted`; `certificate` makes files of certificate and key beside it."""

    def __init__(self, folder: Path, name: str = "Test Authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
            key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        own = self._begun(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        signed = own.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.trusted = folder / f"{name}.pem"
        self.trusted.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def certificate(self, domain: str) -> Path:
        """For a server of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        begun = self._begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)]), key)
        named = begun.add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = named.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())
        written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        place = self._folder / f"{domain}.pem"
        place.write_bytes(written + signed.public_bytes(serialization.Encoding.PEM))
        return place

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        begun = begun.serial_number(x509.random_serial_number()).not_valid_before(now() - timedelta(hours=1))
        return begun.not_valid_after(now() + timedelta(days=1))
