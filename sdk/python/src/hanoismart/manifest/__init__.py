"""The manifest of a mini-app: its types, its one validator, its public schema and what changes between versions."""

from hanoismart.manifest.changes import needs_reconsent, newly_asked, purpose_hash, purposes
from hanoismart.manifest.model import PLATFORM, Backend, Hs, Localised, Manifest, ScopeRequest
from hanoismart.manifest.rules import RULES, Finding, Rule
from hanoismart.manifest.schema import SCHEMA_ID, schema
from hanoismart.manifest.validator import ManifestInvalid, parse, validate

__all__ = [
    "PLATFORM",
    "RULES",
    "SCHEMA_ID",
    "Backend",
    "Finding",
    "Hs",
    "Localised",
    "Manifest",
    "ManifestInvalid",
    "Rule",
    "ScopeRequest",
    "needs_reconsent",
    "newly_asked",
    "parse",
    "purpose_hash",
    "purposes",
    "schema",
    "validate",
]
