"""What is over, room by room: identity's own purges, registered under the names of the schedule."""

from sqlalchemy import exists, or_

from identity.clients.models import PairwiseAlias
from identity.contacts.models import CodeFlow
from identity.credentials.models import Challenge
from identity.factors.models import Totp
from identity.keys.models import SigningKey
from identity.moderation.dialogue.models import Message
from identity.moderation.models import Case, Report
from identity.notices.models import OutgoingNotice
from identity.oauth.models import (
    AuthorizationCode,
    DeviceAuthorization,
    Grant,
    LogoutDelivery,
    PushedRequest,
    RefreshToken,
    SpentIdentifier,
)
from identity.oauth.pushed import OPEN
from identity.people.models import Person, PersonState
from identity.pii_access.models import PiiGrant
from identity.proofing.models import Enrolment, ProofingSession, ProofingState
from identity.recovery.models import CancelLink, Recovery
from identity.retention.service import register
from identity.sessions.models import Revocation, SignInSession
from identity.sign_in.models import SignInRequest
from identity.signals.models import Signal

_FRUITLESS = (ProofingState.OPEN, ProofingState.REFUSED)
_DECIDED = (ProofingState.VERIFIED, ProofingState.REJECTED)

register("oauth.spent_identifier", SpentIdentifier, lambda before: SpentIdentifier.expires_at < before)
register("oauth.pushed_request", PushedRequest, lambda before: PushedRequest.expires_at < before - OPEN)
register("oauth.device_authorization", DeviceAuthorization, lambda before: DeviceAuthorization.expires_at < before)
register("oauth.logout_delivery", LogoutDelivery, lambda before: LogoutDelivery.created_at < before)
register("oauth.authorization_code", AuthorizationCode, lambda before: AuthorizationCode.expires_at < before)
register("oauth.refresh_token", RefreshToken, lambda before: RefreshToken.expires_at < before)
register(
    "oauth.grant",
    Grant,
    lambda before: (
        or_(Grant.expires_at < before, Grant.revoked_at < before)
        & ~exists().where(RefreshToken.grant_id == Grant.id)
        & ~exists().where(AuthorizationCode.grant_id == Grant.id)
        & ~exists().where(DeviceAuthorization.grant_id == Grant.id)
    ),
)
register("credentials.challenge", Challenge, lambda before: Challenge.expires_at < before)
register("sessions.revocation", Revocation, lambda before: Revocation.at < before)
register(
    "sessions.sign_in_session",
    SignInSession,
    lambda before: (
        or_(SignInSession.expires_at < before, SignInSession.ended_at < before) & ~exists().where(Grant.session_id == SignInSession.id)
    ),
)
register("contacts.phone_flow", CodeFlow, lambda before: CodeFlow.expires_at < before)
register("proofing.enrolment", Enrolment, lambda before: Enrolment.expires_at < before)
register(
    "proofing.session_fruitless",
    ProofingSession,
    lambda before: ProofingSession.state.in_(_FRUITLESS) & (ProofingSession.created_at < before),
)
register(
    "proofing.session_decided",
    ProofingSession,
    lambda before: ProofingSession.state.in_(_DECIDED) & (ProofingSession.created_at < before),
)
register("factors.totp_offer", Totp, lambda before: Totp.expires_at < before)
register("sign_in.request", SignInRequest, lambda before: SignInRequest.expires_at < before)
register("notices.outgoing", OutgoingNotice, lambda before: OutgoingNotice.expires_at < before)
register("recovery.cancel_link", CancelLink, lambda before: CancelLink.expires_at < before)
register("recovery.fruitless", Recovery, lambda before: Recovery.ready_at.is_(None) & (Recovery.expires_at < before))
register("recovery.recovery", Recovery, lambda before: Recovery.expires_at < before)
register("keys.signing_key", SigningKey, lambda before: SigningKey.retires_at < before)
register("signals.signal", Signal, lambda before: Signal.at < before)
register("pii_access.grant", PiiGrant, lambda before: PiiGrant.expires_at < before)
register(
    "moderation.message",
    Message,
    lambda before: exists().where(Case.id == Message.case_id, Case.closed_at < before),
)
register(
    "moderation.evidence",
    Report,
    lambda before: (Report.evidence != b"") & exists().where(Case.id == Report.case_id, Case.closed_at < before),
    emptied={"evidence": b""},
)
register(
    "clients.alias_of_erased",
    PairwiseAlias,
    lambda before: (
        exists().where(Person.id == PairwiseAlias.person_id, Person.state == PersonState.CLOSED) & (PairwiseAlias.created_at < before)
    ),
)
