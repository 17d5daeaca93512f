"""Every module of payments that registers a job; importing them is enough."""

from payments.intents import jobs as intents

MODULES = (intents,)
