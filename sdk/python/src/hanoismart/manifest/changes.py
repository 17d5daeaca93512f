"""What a new version asks that the old one did not, and the fingerprint of what a person said yes to."""

from hashlib import sha256

import rfc8785

from hanoismart.manifest.model import Manifest
from hanoismart.text import Text


def purpose_hash(scope: str, purpose: Text) -> str:
    """Lower-case hex SHA-256 over the canonical JSON (RFC 8785) of a scope and its purpose: changed words need a new consent."""
    return sha256(rfc8785.dumps({"en": purpose.en, "scope": scope, "vi": purpose.vi})).hexdigest()


def purposes(manifest: Manifest) -> dict[str, str]:
    """The purpose fingerprint of every scope a manifest asks."""
    return {request.scope: purpose_hash(request.scope, request.purpose.text) for request in manifest.hs.scopes}


def newly_asked(old: Manifest, new: Manifest) -> frozenset[str]:
    """Scopes and permissions of `new` that `old` did not ask; a scope whose purpose changed counts as new."""
    before = purposes(old)
    changed = {scope for scope, mark in purposes(new).items() if before.get(scope) != mark}
    return frozenset(changed | (new.permission_names - old.permission_names))


def needs_reconsent(old: Manifest, new: Manifest) -> bool:
    """Whether people who use `old` must be asked again; if not, the upgrade is silent."""
    return bool(newly_asked(old, new))
