"""Every router of payments, for the composition of the app."""

from payments.intents.routes import router as intents
from payments.receipts.routes import router as receipts

ROUTERS = (intents, receipts)
