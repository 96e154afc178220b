"""What the conditions are asked about, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.model import Conversation, Matched, Message
from rules.words import Words


@dataclass(frozen=True, slots=True)
class Question:
    """One message in its circumstances.

    With `assumed`, circumstances (hours, tags, the sender and so on) are not looked at: they are said to hold, or not
    to. So examples, which are texts alone, can be asked about.
    """

    words: Words
    message: Message
    conversation: Conversation
    now: datetime  # aware
    assumed: bool | None = None

    def assuming(self, assumed: bool | None) -> Question:  # noqa: FBT001  None, True and False are its three values
        """The same question with circumstances assumed so."""
        return self if assumed is self.assumed else replace(self, assumed=assumed)

    def opposite(self) -> Question:
        """The question inside a `not`."""
        return self if self.assumed is None else self.assuming(not self.assumed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a condition says."""

    holds: bool
    because: str
    matched: Matched = field(default_factory=Matched)
    groups: Mapping[str, str] = field(default_factory=dict)  # named groups of a pattern
