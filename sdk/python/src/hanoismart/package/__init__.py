"""Packages of mini-apps: built, read by strict rules, signed by their developer and countersigned by the registry."""

from hanoismart.package.archive import PackageRefused
from hanoismart.package.content import openapi
from hanoismart.package.model import Package, build, digest_of, files_json_of, of_files, read
from hanoismart.package.signing import (
    Countersignature,
    Environment,
    SignatureRefused,
    countersign,
    header_of,
    outside,
    sign,
    verify,
    verify_countersignature,
)

__all__ = [
    "Countersignature",
    "Environment",
    "Package",
    "PackageRefused",
    "SignatureRefused",
    "build",
    "countersign",
    "digest_of",
    "files_json_of",
    "header_of",
    "of_files",
    "openapi",
    "outside",
    "read",
    "sign",
    "verify",
    "verify_countersignature",
]
