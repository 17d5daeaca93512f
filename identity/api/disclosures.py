"""The door to personal data: whoever reads through it is written down for the person to see."""

from identity.disclosures.service import AttributeUnknown, Purpose, Reader, read, record, record_failed

__all__ = ["AttributeUnknown", "Purpose", "Reader", "read", "record", "record_failed"]
