"""A made language for benchmarks: 50,000 different words, common and rare as words are, and books and messages of it.

Nothing depends on luck: the same seed makes the same books on every machine.
"""

from __future__ import annotations

import random
from bisect import bisect
from itertools import accumulate

WORDS = 50_000
ZIPF = 1.4  # with this exponent the 2,000 commonest words are nine of ten that are said, as in conversations
COMMON = 2_000  # the words that everybody uses: no phrase is made of them alone
PHRASES = 10  # of a rule
TYPOS = 0.5  # of the messages have one
LENGTH = 100  # characters of a message

_BEGIN = "b|c|d|f|g|h|j|k|l|m|n|p|r|s|t|v|w|z|bl|br|ch|cl|cr|dr|fl|fr|gl|gr|ph|pl|pr|qu|sc|sh|sl|sp|st|str|th|tr"
_MIDDLE = "a|e|i|o|u|a|e|i|o|u|ai|au|ea|ee|ie|io|oa|ou|y"
_END = "||||||||||||b|ck|d|g|l|ll|m|n|nd|ng|nt|p|r|rd|s|ss|st|t|x"


class Language:
    """Words by how often they are said (Zipf's law)."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)  # noqa: S311
        words: dict[str, None] = {}
        while len(words) < WORDS:
            words[self._word()] = None
        self.words = list(words)
        self._sums = list(accumulate((rank + 10) ** -ZIPF for rank in range(WORDS)))

    def _word(self) -> str:
        syllables = self.random.choices([2, 3, 4], [6, 4, 1])[0]
        return "".join(self._syllable() for _ in range(syllables))

    def _syllable(self) -> str:
        return "".join(self.random.choice(choices.split("|")) for choices in (_BEGIN, _MIDDLE, _END))

    def word(self) -> str:
        """A word as they come in a message."""
        return self.words[bisect(self._sums, self.random.random() * self._sums[-1])]

    def phrase(self) -> str:
        """A phrase as authors write them: a word that tells something, and often one or two common ones before it."""
        before = self.random.choices([0, 1, 2], [5, 4, 1])[0]
        telling = self.random.choice(self.words[COMMON:])
        return " ".join([*self.random.choices(self.words[:COMMON], k=before), telling])

    def book(self, rules: int) -> list[list[str]]:
        """The phrases of each rule."""
        return [[self.phrase() for _ in range(PHRASES)] for _ in range(rules)]

    def mistyped(self, word: str) -> str:
        """The word with another letter in it."""
        at = self.random.randrange(len(word))
        return word[:at] + self.random.choice("etaoinshrdlu") + word[at + 1 :]

    def message(self, phrase: str | None = None) -> str:
        """About a hundred characters, often with a typing error; with a phrase somewhere inside, if one is given."""
        said: list[str] = [self.mistyped(self.word())] if self.random.random() < TYPOS else []
        while len(" ".join(said)) < LENGTH - len(phrase or ""):
            said.append(self.word())
        if phrase is not None:
            said.insert(self.random.randrange(len(said) + 1), phrase)
        return " ".join(said)


def written(book: list[list[str]]) -> bytes:
    """The book as a file."""
    rules = (f"- name: rule {n}\n  when: {{any: [{', '.join(r)}]}}\n  reply: reply {n}\n" for n, r in enumerate(book))
    return f"version: 1\nname: bench\nrules:\n{''.join(rules)}".encode()
