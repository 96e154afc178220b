"""What the conditions are asked about, and what they answer.

They are many for each message, and nobody keeps them. So they are not frozen: that would take four times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.model import Conversation, Matched, Message
from rules.words import Words

_NOTHING = Matched()


@dataclass(slots=True)
class Question:
    """One message in its circumstances.

    With `assumed`, circumstances (hours, tags, the sender and so on) are not looked at: they are said to hold, or not
    to. So examples, which are messages alone, can be asked about.
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


@dataclass(slots=True)
class Answer:
    """What a condition says."""

    holds: bool
    reason: str | Callable[[], str]  # or what tells it: it is seldom asked for
    matched: Matched = _NOTHING
    groups: dict[str, str] = field(default_factory=dict)  # named groups of a pattern

    @property
    def because(self) -> str:
        """The reason."""
        return self.reason if isinstance(self.reason, str) else self.reason()
