"""What every condition is, and those that are about no phrase: `pattern`, `media`, `anything`, and those that combine
others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rules.classes import equal_digits
from rules.faults import quoted
from rules.model import Matched
from rules.question import Answer, Question


class Condition(Protocol):
    """One key of a `when`."""

    def ask(self, question: Question) -> Answer:
        """Whether it holds for a message."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """The regular expression is found in the message as it was written."""

    written: str
    compiled: Any  # google-re2 ships no types; of `Patterns`

    def search(self, text: str) -> Any:
        """The match in a text as it was `written`, or None."""
        return self.compiled.search(equal_digits(text))

    def ask(self, question: Question) -> Answer:
        text = question.words.text
        match = self.search(text)
        if match is None:
            return Answer(holds=False, reason="pattern: it is not found")
        groups = {name: _part(text, match.span(group)) for name, group in self.compiled.groupindex.items()}
        found = _part(text, match.span())
        return Answer(
            holds=True,
            reason=f"pattern: found {quoted(found)}",
            matched=Matched(self.written, (found,)),
            groups=groups,
        )


@dataclass(frozen=True, slots=True)
class Media:
    """The message is media, of one of these kinds. Like its text that is never assumed: an example tells it."""

    kinds: tuple[str, ...] | None  # None: of any kind, those among them that only a newer version knows

    def accepts(self, media: str | None) -> bool:
        """Whether a message with this media is one of them."""
        return media is not None and (self.kinds is None or media in self.kinds)

    def ask(self, question: Question) -> Answer:
        media = question.message.media
        if self.accepts(media):
            return Answer(holds=True, reason=f"media: {media}")
        return Answer(holds=False, reason="media: there is none" if media is None else f"media: it is {media}")


@dataclass(frozen=True, slots=True)
class Anything:
    """Always."""

    def ask(self, question: Question) -> Answer:
        return Answer(holds=True, reason="anything")


@dataclass(frozen=True, slots=True)
class AllHold:
    """All of the conditions hold: a whole `when`."""

    conditions: tuple[Condition, ...]  # in the order in which they are asked

    def ask(self, question: Question) -> Answer:
        """Reported is the first that does not hold; or else all that matched something, with what the first of them
        matched."""
        if len(self.conditions) == 1:
            return self.conditions[0].ask(question)
        answers: list[Answer] = []
        for condition in self.conditions:
            answer = condition.ask(question)
            if not answer.holds:
                return answer
            answers.append(answer)
        telling = [answer for answer in answers if answer.matched.phrase is not None] or answers
        return Answer(
            holds=True,
            reason=lambda: "; ".join(answer.because for answer in telling),
            matched=telling[0].matched,
            groups=_merged(answers),
        )


@dataclass(frozen=True, slots=True)
class Either:
    """One of the alternatives holds; the first that does is reported."""

    alternatives: tuple[AllHold, ...]

    def ask(self, question: Question) -> Answer:
        failed: list[Answer] = []
        for alternative in self.alternatives:
            answer = alternative.ask(question)
            if answer.holds:
                return answer
            failed.append(answer)
        return Answer(
            holds=False, reason=lambda: f"either: {' / '.join(dict.fromkeys(answer.because for answer in failed))}"
        )


@dataclass(frozen=True, slots=True)
class Not:
    """The conditions inside do not all hold."""

    inside: AllHold

    def ask(self, question: Question) -> Answer:
        answer = self.inside.ask(question.opposite())
        return Answer(holds=not answer.holds, reason=lambda: f"not: {answer.because}")


def _part(text: str, span: tuple[int, int]) -> str:
    """What stands there; nothing where a group took no part."""
    return text[span[0] : span[1]] if span[0] >= 0 else ""


def _merged(answers: Sequence[Answer]) -> dict[str, str]:
    return {name: value for answer in answers for name, value in answer.groups.items()}
