"""Identity's settings."""

from functools import lru_cache
from typing import ClassVar

from pydantic import Field

from kernel.settings import Group, development_key


class IdentitySettings(Group):
    development_only: ClassVar[frozenset[str]] = frozenset({"pairwise_keys", "nonce_key"})

    pairwise_keys: str = Field(
        development_key("pairwise"),
        description="keys of pairwise subjects, id:base64 of 32 bytes; the first makes new subjects",
        repr=False,
    )
    nonce_key: str = Field(development_key("dpop nonce"), description="signs DPoP nonces, id:base64 of 32 bytes", repr=False)
    key_announcement_minutes: int = Field(
        60, ge=2, le=1440, description="minutes a new signing key is published before it signs; clients hold a JWKS about that long"
    )
    signing_key_days: int = Field(90, ge=1, le=730, description="days after which signing keys are rotated on their own")
    proofings_per_address: int = Field(
        20, ge=1, description="chip readings one network address may begin in an hour; carriers put many phones behind one"
    )
    wrong_codes_per_hour: int = Field(10, ge=1, description="wrong one-time codes of one person in an hour, across all flows")
    codes_per_destination: int = Field(3, ge=1, description="codes sent to one telephone number or e-mail address in 15 minutes")
    codes_per_address: int = Field(20, ge=1, description="codes one network address may ask for in an hour")
    codes_abroad_per_address: int = Field(5, ge=0, description="of them to numbers abroad, which cost more")
    codes_abroad_per_hour: int = Field(500, ge=0, description="codes to numbers abroad in an hour, whoever asks")
    password_failures_per_account: int = Field(10, ge=1, description="wrong passwords for one account in an hour; passkeys go on working")
    password_failures_per_network: int = Field(100, ge=1, description="wrong passwords from one /24 or /48 in an hour")
    password_failures_per_operator: int = Field(2000, ge=1, description="wrong passwords from one autonomous system in an hour")
    approvals_per_account: int = Field(3, ge=1, description="sign-ins one account's devices are asked to approve in 15 minutes")
    document_grace_days: int = Field(
        90, ge=0, description="days for which an expired document still carries its identity level (the law names none: a choice)"
    )
    stay_closed_after_days: int = Field(365, ge=1, description="days after the end of a tourist's stay until the account is closed")
    trust_alarm_days: int = Field(30, ge=1, description="days before a root or revocation list ends at which staff are told")
    recoveries_per_address: int = Field(20, ge=1, description="recoveries one network address may begin in an hour")
    recovery_hours_by_identity: int = Field(24, ge=24, le=72, description="wait of a recovery proved by chip or VNeID, in hours")
    recovery_hours_by_factors: int = Field(72, ge=24, le=72, description="wait of a recovery proved by two factors, in hours")
    recovery_freeze_hours: int = Field(72, ge=72, description="how long risky operations stay frozen after a recovery, in hours")
    sim_change_days: int = Field(7, ge=0, description="so many days after a SIM change no recovery code goes to the number")
    specimen_folder: str | None = Field(
        None, description="folder of specimen authorities, whose invented documents count in development and test; never in production"
    )

    @property
    def inward_clients(self) -> bool:
        """Whether relying parties may stand on this machine or in an inner network: never in production."""
        return self.environment != "production"


@lru_cache(maxsize=1)
def settings() -> IdentitySettings:
    """The process's identity settings, read once. Raises UnsafeSettings."""
    return IdentitySettings()
