"""The conditions about what surrounds a message: the hour, the sender, what is remembered of the conversation."""

from __future__ import annotations

from dataclasses import dataclass

from rules.faults import quoted
from rules.hours import Hours, local_time
from rules.question import Answer, Question
from rules.senders import is_of


@dataclass(frozen=True, slots=True)
class During:
    """Now is inside the hours, or outside them."""

    hours: Hours
    inside: bool  # False for `outside`

    def ask(self, question: Question) -> Answer:
        kind = "during" if self.inside else "outside"
        if question.assumed is not None:
            return _assumed(kind, question)
        is_open = self.hours.is_open(question.now)

        def because() -> str:
            local = local_time(question.now, self.hours.zone)
            return f"{kind}: it is {local:%a %H:%M}, {quoted(self.hours.name)} is {'open' if is_open else 'closed'}"

        return Answer(holds=is_open is self.inside, reason=because)


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """No earlier message of the conversation is remembered, or one is."""

    wanted: bool

    def ask(self, question: Question) -> Answer:
        if question.assumed is not None:
            return _assumed("first_message", question)
        is_first = question.conversation.first_message
        because = "first_message: it is the first" if is_first else "first_message: it is not the first"
        return Answer(holds=is_first is self.wanted, reason=because)


@dataclass(frozen=True, slots=True)
class Tagged:
    """The conversation bears the tags, each of them; or lacks them, each of them."""

    tags: tuple[str, ...]
    wanted: bool  # False for `not_tagged`

    def ask(self, question: Question) -> Answer:
        kind = "tagged" if self.wanted else "not_tagged"
        if question.assumed is not None:
            return _assumed(kind, question)
        failing = [tag for tag in self.tags if (tag in question.conversation.tags) is not self.wanted]
        if failing:
            return Answer(holds=False, reason=f"{kind}: it {'lacks' if self.wanted else 'bears'} {quoted(failing[0])}")
        return Answer(holds=True, reason=f"{kind}: {', '.join(map(quoted, self.tags))}")


@dataclass(frozen=True, slots=True)
class From:
    """The sender's number begins with one of the prefixes."""

    prefixes: tuple[str, ...]  # as `senders.plain` makes them

    def ask(self, question: Question) -> Answer:
        if question.assumed is not None:
            return _assumed("from", question)
        if (prefix := is_of(question.message.sender, self.prefixes)) is not None:
            return Answer(holds=True, reason=f"from: the number begins with {prefix}")
        return Answer(holds=False, reason="from: the number begins with none of the prefixes")


def _assumed(kind: str, question: Question) -> Answer:
    return Answer(holds=bool(question.assumed), reason=f"{kind}: {'assumed' if question.assumed else 'not assumed'}")
