"""The plugins' routers for the composition of the app; the gateway is an ASGI app of its own under `v1/gw`."""

from plugins.analytics.routes import router as analytics
from plugins.capabilities.page_routes import router as page_capabilities
from plugins.capabilities.routes import router as capabilities
from plugins.codes.routes import router as codes
from plugins.developers.app_routes import router as developer_apps
from plugins.developers.organisation_routes import router as developers
from plugins.developers.trail_routes import router as developer_trail
from plugins.erasures.routes import router as erasures
from plugins.grants.routes import router as grants
from plugins.launch.developer_routes import router as developer_launches
from plugins.launch.routes import router as launch
from plugins.log.routes import router as log
from plugins.mine.routes import router as mine
from plugins.pages.routes import router as pages
from plugins.ratings.routes import router as ratings
from plugins.registry.routes import router as registry
from plugins.review.routes import router as review
from plugins.rollout.routes import router as rollout
from plugins.storage.routes import router as storage
from plugins.webhooks.routes import router as webhooks

ROUTERS = (
    registry, launch, capabilities, page_capabilities, codes, storage, pages, log, developers, developer_apps, developer_trail,
    developer_launches, review, rollout, webhooks, analytics, mine, erasures, ratings, grants,
)  # fmt: skip
