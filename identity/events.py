"""Facts identity tells the floors above."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True)
class AccountVerified(Event):
    """A person reached an identity level (1 to 3)."""

    name: ClassVar[str] = "identity.account_verified"
    person_id: UUID
    level: int


@dataclass(frozen=True, slots=True)
class LevelLowered(Event):
    """A person's identity level fell (a document or a stay ran out, a key was taken away): `level` is what is left."""

    name: ClassVar[str] = "identity.level_lowered"
    person_id: UUID
    level: int
    because: str


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """The account is closed for good: `because` is death, merged, stay_ended or request."""

    name: ClassVar[str] = "identity.account_closed"
    person_id: UUID
    because: str


@dataclass(frozen=True, slots=True)
class PersonsMerged(Event):
    """Two accounts were one person: floors above carry over to `kept_id` what it must not lose. `gone_id` is closed; it may stand again."""

    name: ClassVar[str] = "identity.persons_merged"
    kept_id: UUID
    gone_id: UUID


@dataclass(frozen=True, slots=True)
class PersonsParted(Event):
    """A merge was undone: `gone_id` stands on its own again."""

    name: ClassVar[str] = "identity.persons_parted"
    kept_id: UUID
    gone_id: UUID


@dataclass(frozen=True, slots=True)
class DocumentExpiring(Event):
    """A document that holds up the person's level ends in `days` days (0: it has ended)."""

    name: ClassVar[str] = "identity.document_expiring"
    person_id: UUID
    days: int


@dataclass(frozen=True, slots=True)
class AttestationEnded(Event):
    """An agency's word about a person counts no longer: revoked, or run out."""

    name: ClassVar[str] = "identity.attestation_ended"
    person_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class MandateGiven(Event):
    """`person_id` may act from now on: `kind` is organisation, ward or delegator, `target_id` the one acted for."""

    name: ClassVar[str] = "identity.mandate_given"
    person_id: UUID
    kind: str
    target_id: UUID


@dataclass(frozen=True, slots=True)
class MandateEnded(Event):
    """`person_id` may not act for `target_id` any longer, tokens included."""

    name: ClassVar[str] = "identity.mandate_ended"
    person_id: UUID
    kind: str
    target_id: UUID


@dataclass(frozen=True, slots=True)
class GuardianChanged(Event):
    """A guardianship was asked for, agreed or ended: both parties are told on every channel."""

    name: ClassVar[str] = "identity.guardian_changed"
    ward_id: UUID
    guardian_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class TrustRunningOut(Event):
    """A root or revocation list of the trust store ends soon; staff are told. `what` is certificate or revocation_list."""

    name: ClassVar[str] = "identity.trust_running_out"
    country: str
    what: str
    fingerprint: str
    days: int


@dataclass(frozen=True, slots=True)
class PhoneVerified(Event):
    name: ClassVar[str] = "identity.phone_verified"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class PhoneEnded(Event):
    """The person's number was proved by somebody else since: it is theirs no longer."""

    name: ClassVar[str] = "identity.phone_ended"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ResidenceAttested(Event):
    name: ClassVar[str] = "identity.residence_attested"
    person_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    name: ClassVar[str] = "identity.session_ended"
    person_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """A person proved themselves: a new session, or an existing one stepped up."""

    name: ClassVar[str] = "identity.signed_in"
    person_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class FactorChanged(Event):
    """`kind`: `passkey`, `password`, `totp`, `phone` or `email`."""

    name: ClassVar[str] = "identity.factor_changed"
    person_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class IdentityLocked(Event):
    """The person's own lock stands from now on."""

    name: ClassVar[str] = "identity.identity_locked"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class IdentityUnlocked(Event):
    name: ClassVar[str] = "identity.identity_unlocked"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class SecurityNotice(Event):
    """Something happened to the account that its person is told of; `kind` names the words (`identity.api.notices`)."""

    name: ClassVar[str] = "identity.security_notice"
    person_id: UUID
    kind: str
    notice_id: UUID


@dataclass(frozen=True, slots=True)
class SimChanged(Event):
    """Somebody recovers the account by a number whose SIM was changed lately; no code went out."""

    name: ClassVar[str] = "identity.sim_changed"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ApprovalAsked(Event):
    """A browser waits for the person's own device to approve a sign-in, for a minute."""

    name: ClassVar[str] = "identity.approval_asked"
    person_id: UUID
    request_id: UUID


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    name: ClassVar[str] = "identity.consent_withdrawn"
    person_id: UUID
    client_id: str


@dataclass(frozen=True, slots=True)
class ReportFiled(Event):
    name: ClassVar[str] = "identity.report_filed"
    report_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class CaseDecided(Event):
    """`owner_id`: whom the statement of reasons is for, None where the subject belongs to nobody."""

    name: ClassVar[str] = "identity.case_decided"
    case_id: UUID
    decision_id: UUID
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class OutcomeReady(Event):
    """A reporter can be told what came of the report."""

    name: ClassVar[str] = "identity.outcome_ready"
    outcome_id: UUID
    reporter_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class AppealFiled(Event):
    name: ClassVar[str] = "identity.appeal_filed"
    appeal_id: UUID
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class AppealJudged(Event):
    """`result` is `upheld` (the decision stands) or `changed` (it is undone)."""

    name: ClassVar[str] = "identity.appeal_judged"
    appeal_id: UUID
    owner_id: UUID
    result: str


@dataclass(frozen=True, slots=True)
class SanctionImposed(Event):
    name: ClassVar[str] = "identity.sanction_imposed"
    person_id: UUID
    restriction: str


@dataclass(frozen=True, slots=True)
class SanctionLifted(Event):
    name: ClassVar[str] = "identity.sanction_lifted"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class CaseAnswered(Event):
    """The office said something to the owner of a case."""

    name: ClassVar[str] = "identity.case_answered"
    case_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class DemandOverdue(Event):
    """An authority's demand nears the end of its 24 hours, and nobody has answered."""

    name: ClassVar[str] = "identity.demand_overdue"
    demand_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class ModerationOverdue(Event):
    """A case or an appeal (`what`) is past its deadline, and nobody has finished it."""

    name: ClassVar[str] = "identity.moderation_overdue"
    subject_id: UUID
    what: str


@dataclass(frozen=True, slots=True)
class ReadingsAlarm(Event):
    """One officer read more personal data within an hour than the rules take for ordinary."""

    name: ClassVar[str] = "identity.readings_alarm"
    alarm_id: UUID
    officer_id: UUID
    readings: int


@dataclass(frozen=True, slots=True)
class PrivacyRequested(Event):
    """`client_id`: the relying party that has to act, None where it is ours alone."""

    name: ClassVar[str] = "identity.privacy_requested"
    request_id: UUID
    person_id: UUID
    kind: str
    client_id: str | None


@dataclass(frozen=True, slots=True)
class PrivacyAnswered(Event):
    """A request of a person took a step they should hear of; `state` is where it stands."""

    name: ClassVar[str] = "identity.privacy_answered"
    request_id: UUID
    person_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class PrivacyOverdue(Event):
    """A request about personal data is past its legal clock."""

    name: ClassVar[str] = "identity.privacy_overdue"
    request_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class PrivacyStuck(Event):
    """The job of a request about personal data failed for good at `failed_at` and waits for an officer."""

    name: ClassVar[str] = "identity.privacy_stuck"
    request_id: UUID
    kind: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class AccountErased(Event):
    """The person's key is destroyed; whoever keeps something of theirs removes or unnames it."""

    name: ClassVar[str] = "identity.account_erased"
    person_id: UUID


@dataclass(frozen=True, slots=True)
class BreachDue(Event):
    """A breach nears the end of its 72 hours, or is past it, and nobody was told yet."""

    name: ClassVar[str] = "identity.breach_due"
    breach_id: UUID
    overdue: bool


@dataclass(frozen=True, slots=True)
class SignalRaised(Event):
    """Something looked odd about an account; `kind` says what, `case_id` who looks into it (None: too little for a case)."""

    name: ClassVar[str] = "identity.signal_raised"
    signal_id: UUID
    person_id: UUID
    kind: str
    case_id: UUID | None
