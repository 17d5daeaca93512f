"""Refusals: every failure a caller may meet is a Problem with a stable code and a title in both languages (RFC 9457)."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from hanoismart.text import Text


class Problem(Exception):
    """A refusal. Subclasses stand beside the code that raises them.

    `keep`: the transaction is committed although the caller is refused, because the trace (a counted attempt, a burnt code) must survive.
    `extra` members are published as they are: never put personal data, tokens or codes there.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[Text]
    keep: ClassVar[bool] = False

    def __init__(self, detail: Text | None = None, *, headers: Mapping[str, str] | None = None, **extra: object) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self, locale: str, *, instance: str | None = None) -> dict[str, object]:
        """The RFC 9457 object; `type` is a relative reference to the page that documents the code."""
        document: dict[str, object] = {
            "type": f"/problems/{self.code}",
            "title": self.title.in_(locale),
            "status": self.status,
            "code": self.code,
        }
        if self.detail is not None:
            document["detail"] = self.detail.in_(locale)
        if instance is not None:
            document["instance"] = instance
        return document | self.extra


def catalogue() -> dict[str, type[Problem]]:
    """Every Problem class that has been imported, by code; two classes with one code are a mistake.

    Raises ValueError naming the code that stands twice.
    """
    found: dict[str, type[Problem]] = {}
    for kind in _descendants(Problem):
        if "code" not in vars(kind):
            continue
        if kind.code in found:
            raise ValueError(f"problem code {kind.code} stands twice: {found[kind.code].__module__} and {kind.__module__}")
        found[kind.code] = kind
    return dict(sorted(found.items()))


def _descendants(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
