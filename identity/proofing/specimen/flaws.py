"""The ways a specimen chip can be broken on purpose, so that every refusal has a real chip that earns it."""

from enum import StrEnum


class Flaw(StrEnum):
    """One deliberate fault each; everything else about the chip is right."""

    ALTERED_GROUP = "altered_group"
    ALTERED_SIGNATURE = "altered_signature"
    WRONG_DIGEST = "wrong_digest"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    TRAILING_BYTES = "trailing_bytes"
    SHA1 = "sha1"
    TWO_SIGNERS = "two_signers"
    UNKNOWN_SIGNER = "unknown_signer"
    ROOT_SENT_ALONG = "root_sent_along"
    EXPIRED_SIGNER = "expired_signer"
    REVOKED_SIGNER = "revoked_signer"
    SIGNER_FOR_OTHER_TASKS = "signer_for_other_tasks"
    AUTHORITY_AS_SIGNER = "authority_as_signer"
