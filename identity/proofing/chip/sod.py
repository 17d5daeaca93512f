"""Reading EF.SOD, the signed list of hashes, so strictly that it can mean one thing only (ICAO 9303-10 section 4.6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from asn1crypto import cms, core

from identity.proofing.chip import der, signed_data
from identity.proofing.chip.lds import EF_SOD, TAGS, UNREADABLE
from identity.proofing.chip.refusals import ChipTooLarge, SodMalformed, TrailingBytes
from identity.proofing.chip.signatures import accepted_hash
from identity.proofing.chip.signed_data import SignedData

MAX_SOD_BYTES = 32 * 1024
"""Real ones have two to four kilobytes."""
_LDS_SECURITY_OBJECT = "2.23.136.1.1.1"


class DataGroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012 - asn1crypto reads this attribute


class DataGroupHashes(core.SequenceOf):  # type: ignore[misc]  # asn1crypto ships no types
    _child_spec = DataGroupHash


class LdsVersionInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    _fields = [("lds_version", core.PrintableString), ("unicode_version", core.PrintableString)]  # noqa: RUF012 - asn1crypto reads this attribute


class LdsSecurityObject(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """ICAO 9303-10 section 4.6.2.2; version 1 carries the version of the data structure, version 0 does not."""

    _fields = [  # noqa: RUF012 - asn1crypto reads this attribute
        ("version", core.Integer),
        ("hash_algorithm", cms.DigestAlgorithm),
        ("hashes", DataGroupHashes),
        ("version_info", LdsVersionInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD taken apart: the hashes it lists, inside `signed`, which nobody believes before its signer is known."""

    hash_name: str
    hashes: Mapping[int, bytes]
    signed: SignedData


def read(encoded: bytes) -> SecurityObject:
    """Takes EF.SOD apart.

    Raises SodMalformed, TrailingBytes, ChipTooLarge, HashAlgorithmRefused, SignatureAlgorithmRefused.
    """
    if len(encoded) > MAX_SOD_BYTES:
        raise ChipTooLarge("sod")
    try:
        inner = der.read_one(encoded, EF_SOD)
        der.require_der(inner)
        signed = signed_data.read(inner, _LDS_SECURITY_OBJECT)
        hash_name, groups = _security_object(signed.content)
        return SecurityObject(hash_name, groups, signed)
    except der.TrailingError as error:
        raise TrailingBytes("sod") from error
    except UNREADABLE as error:
        raise SodMalformed("structure") from error


def _security_object(content: bytes) -> tuple[str, dict[int, bytes]]:
    der.require_der(content)
    parsed = LdsSecurityObject.load(content, strict=True)
    version, has_info = parsed["version"].native, not isinstance(parsed["version_info"], core.Void)
    if (version, has_info) not in {(0, False), (1, True)}:
        raise SodMalformed("lds_version")
    if has_info:
        _ = parsed["version_info"].native  # read, so that an unreadable version is refused here
    hash_name: str = parsed["hash_algorithm"]["algorithm"].native
    size = accepted_hash(hash_name, "data_groups").digest_size
    listed = [(entry["number"].native, bytes(entry["value"].native)) for entry in parsed["hashes"]]
    groups = dict(listed)
    if len(groups) != len(listed) or not groups or not groups.keys() <= TAGS.keys() or any(len(value) != size for value in groups.values()):
        raise SodMalformed("hashes")
    return hash_name, groups
