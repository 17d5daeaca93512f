"""The tables of every package, for autogenerate and for the check that models and migrations agree."""

from sqlalchemy import MetaData

import identity.access.models
import identity.attestations.models
import identity.breaches.models
import identity.clients.models
import identity.consent.models
import identity.contacts.models
import identity.credentials.models
import identity.devices.models
import identity.disclosures.models
import identity.factors.models
import identity.four_eyes.models
import identity.keys.models
import identity.locks.models
import identity.mandates.models
import identity.models
import identity.moderation.authorities.models
import identity.moderation.automatic.models
import identity.moderation.bulk.models
import identity.moderation.dialogue.models
import identity.moderation.models
import identity.moderation.reporters.models
import identity.notices.models
import identity.oauth.models
import identity.organisations.models
import identity.people.models
import identity.pii_access.models
import identity.places.models
import identity.privacy.models
import identity.proofing.models
import identity.proofing.trust.models
import identity.recovery.models
import identity.retention.models
import identity.sessions.models
import identity.sign_in.models
import identity.signals.models
import identity.step_up.models
import kernel.models
import kernel.uploads.models
import notifications.addresses.models
import notifications.inbox.models
import notifications.models
import notifications.planner.models
import notifications.preferences.models
import notifications.templates.models
import payments.intents.models
import payments.ledger.models
import payments.models
import payments.receipts.models
import plugins.capabilities.models
import plugins.codes.models
import plugins.gateway.models
import plugins.launch.models
import plugins.models
import plugins.registry.models
import plugins.storage.models
import plugins.webhooks.models
import social.budgets.models
import social.groups.models
import social.models
import social.posts.models
import social.profiles.models
import social.relations.models

PACKAGES: dict[str, MetaData] = {
    "kernel": kernel.models.Base.metadata,
    "identity": identity.models.Base.metadata,
    "notifications": notifications.models.Base.metadata,
    "payments": payments.models.Base.metadata,
    "social": social.models.Base.metadata,
    "plugins": plugins.models.Base.metadata,
}
