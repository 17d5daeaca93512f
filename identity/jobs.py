"""Every job of identity, for the composition of the app: importing registers."""

import identity.contacts.jobs  # noqa: F401 (importing registers)
import identity.oauth.jobs  # noqa: F401 (importing registers)
