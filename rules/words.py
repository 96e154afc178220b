"""One message made ready for the rules: its words, where they are, and how they were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rules.phrases import SkipWords
from rules.spans import Spans
from rules.text import fold, tokens, written
from rules.vocabulary import Vocabulary

LONGEST = 4096  # characters of a message that are looked at: WhatsApp's own limit


class Words:
    """A message as the conditions ask about it."""

    def __init__(self, text: str, vocabulary: Vocabulary, skipped: SkipWords) -> None:
        self.text = written(text[:LONGEST])
        self.tokens = tokens(fold(self.text))
        # Where phrases of the book occur, as the words are said, and as they may have been meant; and what differs.
        self.said, self.meant = said, meant = vocabulary.find_meant(self.tokens)
        self.readings = (said,) if said is meant else (said, meant)
        self._skipped = skipped

    @cached_property
    def kept(self) -> Sequence[int]:
        """The places of the words that are left without the skip words."""
        return self._skipped.drop(self.tokens)

    def as_written(self, places: Iterable[int]) -> tuple[str, ...]:
        """These words as the message has them; of scripts without spaces, neighbours make one.

        Where folding changed the text across the borders of characters, so that no place can be told, the folded
        words stand in.
        """
        places = list(places)
        found = [span for span in map(self._spans.of, places) if span is not None]
        if len(found) < len(places):
            return tuple(self.tokens[place] for place in places)
        spans: list[tuple[int, int]] = []
        for start, end in found:
            if spans and spans[-1][1] >= start:
                start = spans.pop()[0]
            spans.append((start, end))
        return tuple(self.text[start:end] for start, end in spans)

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.text, self.tokens)
