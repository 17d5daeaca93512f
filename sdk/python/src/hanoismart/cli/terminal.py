"""What a command says: in the reader's language for people, as JSON for programs; and how it fails."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TextIO

from hanoismart.manifest.rules import Finding
from hanoismart.text import Text


class Exit(IntEnum):
    """What `hs` ends with; each outcome of a publication has its own."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    AUTO_FAILED = 3
    REJECTED = 4
    REVOKED = 5
    TIMED_OUT = 6
    SIGN_IN = 7


class CommandFailed(Exception):
    """A command that cannot go on; `document` is what a program gets beside the words."""

    def __init__(self, words: Text, *, exit_code: Exit = Exit.FAILED, findings: Iterable[Finding] = (), **document: Any) -> None:
        self.words = words
        self.exit_code = exit_code
        self.findings = list(findings)
        self.document = document
        super().__init__(words.en)


@dataclass
class Terminal:
    """Where a command speaks. In JSON mode exactly one document goes to the output (lines of them where a command follows something)."""

    language: str = "vi"
    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def say(self, vi: str, en: str, **values: object) -> None:
        """A sentence for people; nothing in JSON mode."""
        if not self.as_json:
            self._line(self.out, Text(vi=vi, en=en).format(**values).in_(self.language))

    def give(self, document: Mapping[str, Any], words: Text | None = None) -> None:
        """The result: the document for programs, the words for people."""
        if self.as_json:
            self._line(self.out, json.dumps(document, ensure_ascii=False, default=str))
        elif words is not None:
            self._line(self.out, words.in_(self.language))

    def rows(self, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Text]) -> None:
        """A table for people, `{"items": […]}` for programs."""
        listed = list(rows)
        if self.as_json:
            self._line(self.out, json.dumps({"items": listed}, ensure_ascii=False, default=str))
            return
        heads = [words.in_(self.language) for words in columns.values()]
        cells = [["" if row.get(name) is None else str(row.get(name)) for name in columns] for row in listed]
        widths = [max(len(line[index]) for line in [heads, *cells]) for index in range(len(heads))]
        for line in [heads, *cells]:
            self._line(self.out, "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    def findings(self, findings: Iterable[Finding], *, warning: bool = False) -> None:
        """Findings with rule id, place, what is wrong and how to mend it; nothing in JSON mode."""
        if self.as_json:
            return
        mark = Text(vi="cảnh báo", en="warning") if warning else Text(vi="lỗi", en="error")
        for one in findings:
            place = one.pointer or ""
            if one.file is not None:
                place = one.file + (f":{one.line}" if one.line is not None else "")
            words = Text(vi=one.vi, en=one.en).in_(self.language)
            self._line(self.out, f"{one.rule} {mark.in_(self.language)} {place or '/'}: {words}")
            self._line(self.out, f"       → {one.fix.in_(self.language)}")

    def fail(self, failed: CommandFailed) -> int:
        """Tell a failure; the code to end with."""
        if self.as_json:
            error = {"vi": failed.words.vi, "en": failed.words.en, **failed.document}
            told = {"error": error, "findings": [one.as_json() for one in failed.findings]}
            self._line(self.out, json.dumps(told, ensure_ascii=False, default=str))
        else:
            self.findings(failed.findings)
            self._line(self.err, failed.words.in_(self.language))
        return failed.exit_code

    def _line(self, stream: TextIO, text: str) -> None:
        stream.write(text + "\n")
        stream.flush()


def language(asked: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """`vi` or `en`: what was asked, else HS_LANG, else the terminal's language; Vietnamese where nothing says English."""
    chosen = asked or environment.get("HS_LANG") or environment.get("LC_ALL") or environment.get("LANG") or ""
    return "en" if chosen.lower().startswith("en") else "vi"
