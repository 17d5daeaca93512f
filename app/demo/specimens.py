"""The development's specimen authorities, kept under .data, and the chips they issue."""

from pathlib import Path

from identity.api.specimens import SpecimenAuthority

COUNTRIES = ("VNM", "UTO")


def authority(folder: Path, country: str) -> SpecimenAuthority:
    """The authority of a country, made on first use; its revocation list is written anew each time, for it lives 90 days."""
    try:
        found = SpecimenAuthority.load(folder, country)
    except FileNotFoundError:
        found = SpecimenAuthority.create(country)
    found.save(folder)
    return found


def prepare(folder: Path) -> None:
    """Make every authority the demo needs, so that a server started next trusts them."""
    for country in COUNTRIES:
        authority(folder, country)
