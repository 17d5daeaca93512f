"""Every router of identity, for the composition of the app."""

from identity.access.routes import router as access
from identity.attestations.routes import router as attestations
from identity.breaches.routes import router as breaches
from identity.clients.routes import router as clients
from identity.clients.staff_routes import router as clients_staff
from identity.consent.routes import router as consent
from identity.contacts.routes import router as contacts
from identity.counter.routes import router as counter
from identity.credentials.routes import router as credentials
from identity.devices.routes import router as devices
from identity.disclosures.routes import router as disclosures
from identity.disclosures.staff_routes import router as investigations
from identity.factors.routes import router as factors
from identity.federation.routes import router as federation
from identity.four_eyes.routes import router as four_eyes
from identity.locks.routes import router as locks
from identity.mandates.organisation_routes import router as organisations
from identity.mandates.routes import router as mandates
from identity.moderation.authorities.routes import router as moderation_authorities
from identity.moderation.automatic.routes import router as moderation_automatic
from identity.moderation.bulk.routes import router as moderation_bulk
from identity.moderation.dialogue.routes import router as moderation_dialogue
from identity.moderation.figures.routes import router as moderation_figures
from identity.moderation.reporters.routes import router as moderation_reporters
from identity.moderation.routes import router as moderation
from identity.moderation.rule_routes import router as moderation_rules
from identity.moderation.staff_routes import router as moderation_staff
from identity.oauth.errors import OAuthError, render
from identity.oauth.hot import authorize, par, token, userinfo
from identity.oauth.page_routes import router as oauth_pages
from identity.oauth.routes import router as oauth
from identity.people.routes import router as people
from identity.people.staff_routes import router as people_staff
from identity.pii_access.routes import router as pii_access
from identity.places.routes import router as places
from identity.privacy.routes import router as privacy
from identity.privacy.staff_routes import router as privacy_staff
from identity.proofing.routes import router as proofing
from identity.recovery.pages import router as recovery_pages
from identity.recovery.routes import router as recovery
from identity.retention.routes import router as retention
from identity.sessions.routes import router as sessions
from identity.sign_in.routes import router as sign_in
from identity.signals.routes import router as signals

ROUTERS = (
    people,
    people_staff,
    counter,
    federation,
    proofing,
    credentials,
    factors,
    contacts,
    consent,
    disclosures,
    attestations,
    mandates,
    organisations,
    moderation,
    moderation_staff,
    moderation_rules,
    four_eyes,
    moderation_authorities,
    moderation_automatic,
    moderation_bulk,
    moderation_dialogue,
    moderation_figures,
    moderation_reporters,
    pii_access,
    privacy,
    privacy_staff,
    investigations,
    breaches,
    retention,
    signals,
    access,
    places,
    devices,
    sessions,
    locks,
    sign_in,
    recovery,
    recovery_pages,
    oauth,
    oauth_pages,
    clients,
    clients_staff,
)
HANDLERS = {OAuthError: render}
SHORT_WAYS = (
    ("GET", "/oauth/authorize", authorize.answer),
    ("POST", "/oauth/par", par.answer),
    ("POST", "/oauth/token", token.answer),
    ("GET", "/oauth/userinfo", userinfo.answer),
)
"""Method, path and answer of the endpoints that are tried the short way before their room (`identity.oauth.hot`)."""
