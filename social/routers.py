"""Every router of social as one, for its rooms share addresses: a group's posts, a person's follow."""

from hanoismart.server.routing import Router
from social.feed.routes import router as feed
from social.groups.routes import router as groups
from social.posts.routes import router as posts
from social.profiles.routes import router as profiles
from social.relations.routes import router as relations
from social.search.routes import router as search

social = Router()
for _room in (feed, groups, posts, profiles, relations, search):
    # The routes as they are: an included router hides them from the dispatcher.
    social.routes.extend(_room.routes)

ROUTERS = (social,)
