"""Every job of identity, for the composition of the app: importing registers."""

import identity.attestations.jobs
import identity.breaches.jobs
import identity.clients.jobs
import identity.contacts.jobs
import identity.counter.jobs
import identity.keys.jobs
import identity.mandates.jobs
import identity.moderation.authorities.jobs
import identity.moderation.jobs
import identity.notices.jobs
import identity.oauth.backchannel
import identity.people.jobs
import identity.privacy.jobs
import identity.proofing.trust.jobs
import identity.retention.jobs
import identity.sign_in.jobs
import identity.signals.jobs  # noqa: F401 (importing registers)
