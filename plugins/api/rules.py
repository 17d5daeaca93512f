"""The numbered rules of the registry and of its reviewers, for the page that lists them."""

from plugins.review.checks import RULES as CHECKS
from plugins.review.rules import RULES as REVIEW

__all__ = ["CHECKS", "REVIEW"]
