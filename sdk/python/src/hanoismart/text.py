"""A sentence a person reads, in both languages side by side, so that neither can be forgotten."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Vietnamese (with its marks) and in English."""

    vi: str
    en: str

    def in_(self, locale: str) -> str:
        """The English sentence for any English locale ("en", "en-GB", "en_US"), the Vietnamese one for everything else."""
        return self.en if locale.strip().lower().replace("_", "-").split("-", 1)[0] == "en" else self.vi

    def format(self, **values: object) -> "Text":
        """Both sentences with their `{placeholders}` filled in.

        Raises KeyError where a placeholder has no value.
        """
        return Text(vi=self.vi.format(**values), en=self.en.format(**values))
