"""Names every module that registers a job or a reaction, so that web and worker know the same ones."""

import importlib
from typing import Final

MODULES: Final = (
    "kernel.jobs",
    "kernel.audit",
    "kernel.uploads.jobs",
    "identity.jobs",
    "notifications.channels.jobs",
    "notifications.stream.jobs",
    "payments.intents.jobs",
    "plugins.jobs",
    "social.moderation.kind",
    "app.wiring.payments",
    "app.wiring.identity",
    "app.wiring.rights",
    "app.wiring.people",
    "app.wiring.endings",
    "app.wiring.streams",
    "app.wiring.social",
)


def install() -> None:
    """Import them; importing registers."""
    for module in MODULES:
        importlib.import_module(module)
