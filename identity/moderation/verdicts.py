"""What an officer decides about a case, before it is checked and carried out."""

from dataclasses import dataclass

from identity.moderation.models import Restriction


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """What is to be decided. `facts_vi` and `facts_en` go to the owner; `note` stays inside. `days` None with a lock means for good.

    `authority_request_id`: the demand behind it, which a lock for good under Decree 147/2024 needs. `counts`: whether it is one of the
    violations the decree's windows count.
    """

    rule_set: str
    rule_key: str
    restriction: str
    days: int | None
    facts_vi: str
    facts_en: str
    note: str
    authority_request_id: str | None = None
    counts: bool = True

    @property
    def needs_four_eyes(self) -> bool:
        return self.restriction == Restriction.LOCK and self.days is None
