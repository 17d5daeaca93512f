"""The door to the trust store, for the operator's command."""

from identity.proofing.trust.service import Held, Imported, held, import_files, remove

__all__ = ["Held", "Imported", "held", "import_files", "remove"]
