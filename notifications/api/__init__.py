"""The door of notifications: tell somebody something, and bring the words for it."""

from notifications.api.templates import ensure_template
from notifications.planner.service import notify
from notifications.preferences.categories import Category, Channel
from notifications.templates.rendering import Template, Value
from notifications.templates.service import TemplateIncomplete, TemplateUnknown, register

__all__ = ["Category", "Channel", "Template", "TemplateIncomplete", "TemplateUnknown", "Value", "ensure_template", "notify", "register"]
