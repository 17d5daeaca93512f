"""Every place in identity where something of a person stands, and what becomes of it in an archive and in an erasure.

A test holds this list against the tables: whoever adds one that names a person says here what happens to it.
"""

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.models import Base

_TABLES: Final = (
    "identity.access.models",
    "identity.attestations.models",
    "identity.breaches.models",
    "identity.clients.models",
    "identity.consent.models",
    "identity.contacts.models",
    "identity.credentials.models",
    "identity.devices.models",
    "identity.disclosures.models",
    "identity.factors.models",
    "identity.four_eyes.models",
    "identity.keys.models",
    "identity.locks.models",
    "identity.mandates.models",
    "identity.moderation.authorities.models",
    "identity.moderation.automatic.models",
    "identity.moderation.bulk.models",
    "identity.moderation.dialogue.models",
    "identity.moderation.models",
    "identity.moderation.reporters.models",
    "identity.notices.models",
    "identity.oauth.models",
    "identity.organisations.models",
    "identity.people.models",
    "identity.pii_access.models",
    "identity.places.models",
    "identity.privacy.models",
    "identity.proofing.models",
    "identity.proofing.trust.models",
    "identity.recovery.models",
    "identity.retention.models",
    "identity.sessions.models",
    "identity.sign_in.models",
    "identity.signals.models",
    "identity.step_up.models",
)
"""Where identity's tables stand: a worker has not met them all by itself."""
for _module in _TABLES:
    importlib.import_module(_module)


class Fate(StrEnum):
    """`delete`: the rows go. `keep`: they stay, for the reason given. `apart`: the erasure handles them by itself."""

    DELETE = "delete"
    KEEP = "keep"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Holding:
    """`columns` name the person; `exported` False for what is ours alone (other people's secrets, internal work)."""

    table: str
    columns: tuple[str, ...]
    fate: Fate
    because: str
    exported: bool = True


def _gone(table: str, *columns: str, exported: bool = True) -> Holding:
    return Holding(table, columns or ("person_id",), Fate.DELETE, "nothing asks for it once the account is gone", exported)


def _kept(table: str, because: str, *columns: str, exported: bool = True) -> Holding:
    return Holding(table, columns or ("person_id",), Fate.KEEP, because, exported)


_EVIDENCE = "evidence of what was agreed to and read: Law 91/2025/QH15, Decree 356/2025"
_DECREE = "Decree 147/2024: what was decided, and why"
_STAFF = "an officer's own acts belong to the office"
HOLDINGS: Final[tuple[Holding, ...]] = (
    _gone("enrolment", exported=False),
    _gone("code_flow", "subject", exported=False),
    _gone("outgoing_notice", exported=False),
    _gone("sign_in_request", exported=False),
    _gone("recovery"),
    _gone("action_freeze"),
    _gone("identity_lock"),
    _gone("totp"),
    _gone("password", exported=False),
    _gone("passkey"),
    _gone("phone"),
    _gone("email"),
    _gone("person_document"),
    _gone("person_likeness", exported=False),
    _gone("sealed_attribute"),
    _gone("attestation"),
    _gone("flagged_record", exported=False),
    Holding("person_index", ("person_id",), Fate.APART, "goes, unless a restriction still runs: ADR 0021", exported=False),
    Holding("person_key", ("person_id",), Fate.APART, "destroyed; the row says when", exported=False),
    Holding("role_holding", ("person_id", "granted_by"), Fate.APART, "ended; that it was held stays"),
    Holding("guardianship", ("guardian_id", "ward_id", "agreed_by"), Fate.APART, "ended; that it was held stays"),
    Holding("delegation", ("from_person_id", "to_person_id"), Fate.APART, "ended; that it was held stays"),
    Holding("organisation_mandate", ("person_id", "granted_by"), Fate.APART, "ended; that it was held stays"),
    Holding("sign_in_session", ("person_id",), Fate.APART, "ended; purged by the retention schedule"),
    Holding("oauth_grant", ("person_id",), Fate.APART, "ends with its session; purged by the retention schedule"),
    Holding("device", ("person_id",), Fate.APART, "unnamed; its sessions are purged by the retention schedule"),
    Holding("pairwise_alias", ("person_id",), Fate.APART, "purged by the retention schedule, after services were told"),
    Holding("consent", ("person_id", "representative_id"), Fate.APART, "withdrawn; " + _EVIDENCE),
    _kept("consent_receipt", _EVIDENCE, "person_id", "given_by"),
    _kept("disclosure", _EVIDENCE, exported=False),  # the log exports itself, without what the law still delays
    _kept("privacy_request", _EVIDENCE, "person_id", "requested_by"),
    _kept("privacy_archive", "purged by the retention schedule; sealed with the key that is destroyed"),
    _kept("moderation_case", _DECREE, "owner_id", exported=False),  # who reported is not for the owner to guess
    _kept("moderation_report", _DECREE, "reporter_id"),
    _kept("moderation_outcome", _DECREE, "reporter_id"),
    _kept("moderation_statement", _DECREE, "owner_id"),
    _kept("moderation_appeal", _DECREE, "owner_id"),
    _kept("moderation_sanction", _DECREE),
    _kept("moderation_strike", _DECREE),
    _kept("moderation_reporter", _DECREE),
    _kept("moderation_muting", _DECREE),
    _kept("fraud_signal", "purged by the retention schedule", exported=False),
    _kept("investigation_order", "told when its delay ends", exported=False),
    _kept("four_eyes_action", _STAFF, exported=False),
    _kept("pii_grant", _STAFF, "officer_id", "person_id", exported=False),
    _kept("counter_enrolment", _STAFF, "opened_by", "decided_by", "person_id", exported=False),
    _kept("organisation", _STAFF, "registered_by", "confirmed_by", exported=False),
    _kept("organisation_delegation", _STAFF, "granted_by", exported=False),
    _kept("person_act", "merges and closures: ids and words of ours", "person_id", "other_id", "proposed_by", "decided_by", exported=False),
    _kept("person", "the row stays, unnamed, so that what others keep still points somewhere", "merged_into", exported=False),
    _kept("proofing_session", "purged by the retention schedule", "person_id", "for_person_id", exported=False),
    _kept("logout_delivery", "purged once delivered", exported=False),
)
_SECRET = frozenset({"hash", "secret", "factors", "challenge", "phc"})


def table_of(holding: Holding) -> Table:
    return Base.metadata.tables[f"identity.{holding.table}"]


async def rows_of(session: AsyncSession, holding: Holding, person_id: UUID) -> list[dict[str, Any]]:
    """The person's rows without hashes and ciphertext, in the order they were made."""
    table = table_of(holding)
    shown = [column for column in table.columns if not isinstance(column.type, LargeBinary) and not _SECRET & set(column.name.split("_"))]
    own = or_(*(table.c[name] == person_id for name in holding.columns[:1]))
    found = await session.execute(select(*shown).where(own).order_by(*table.primary_key.columns))
    return [dict(row) for row in found.mappings()]


async def delete_rows(session: AsyncSession, person_id: UUID) -> None:
    """Removes what nothing asks for once the account is gone."""
    for holding in HOLDINGS:
        if holding.fate is Fate.DELETE:
            table = table_of(holding)
            await session.execute(delete(table).where(table.c[holding.columns[0]] == person_id))
