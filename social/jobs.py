"""Every module of social that registers something: no job so far, but what moderators can do with a post."""

from social.moderation import kind as moderation

MODULES = (moderation,)
