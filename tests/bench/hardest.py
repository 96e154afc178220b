"""Books that are hard to decide by, each with the messages of 4,096 characters that are hardest for it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from rules.words import LONGEST

_RANDOM = random.Random(4)  # noqa: S311
_HAN = [chr(code) for code in range(0x4E00, 0x4E40)]

Hard: TypeAlias = tuple[bytes, Sequence[str]]  # a book, and messages


def hardest_books(size: int) -> dict[str, Callable[[], Hard]]:
    """What they are, and how they are made; `size` is how many rules they have at most."""
    few = size // 5
    return {
        f"{few:,} rules of six words that are spelt alike; all misspelt": lambda: _alike(few),
        f"{few * 10:,} phrases that begin alike; misspelt": lambda: _words(few, "internat", ""),
        f"{few * 10:,} phrases that begin and end alike; misspelt": lambda: _words(few, "internat", "ization"),
        f"{few:,} rules of six words with stars, each of which begins another": lambda: _stars(few),
        f"{size:,} rules of four of 64 Han characters": lambda: _han(size),
        f"{few:,} patterns with a number": lambda: _patterns(few),
        f"{size:,} rules that share a word, each for another tag": lambda: _shared(size, "tagged: tag{}"),
        f"{size:,} rules that share a word, each for another number": lambda: _shared(size, "from: '+33{}'"),
        f"{size:,} rules that share a word, each for the same hours, closed": lambda: _shared(size, "during: never"),
        f"{size:,} rules in shadow that all hold": lambda: _shared(size, "none: [other{}]", "\n  mode: shadow"),
    }


def _book(whens: Iterable[str], more: str = "") -> bytes:
    rules = [f"- name: rule {n}\n  when: {{{when}}}\n  reply: reply{more}\n" for n, when in enumerate(whens)]
    return (
        "version: 1\nname: hard\ntimezone: UTC\nhours: {never: {sun: '00:00-00:01'}}\nrules:\n" + "".join(rules)
    ).encode()


def _letters(number: int) -> str:
    return "".join(_RANDOM.choices(string.ascii_lowercase, k=number))


def _messages(word: Callable[[], str], between: str = " ") -> Sequence[str]:
    """Ten that differ."""
    return [between.join(word() for _ in range(LONGEST))[:LONGEST] for _ in range(10)]


def _alike(rules: int) -> Hard:
    words = ["interna" + _letters(3) for _ in range(rules)]
    phrases = (" ".join(_RANDOM.choices(words, k=6)) for _ in range(rules))
    return _book(f"any: [{phrase}]" for phrase in phrases), _messages(lambda: _RANDOM.choice(words)[:-1] + "q")


def _words(rules: int, begin: str, end: str) -> Hard:
    def word() -> str:
        return begin + _letters(4) + end

    return _book(f"any: [{', '.join(word() for _ in range(10))}]" for _ in range(rules)), _messages(word)


def _stars(rules: int) -> Hard:
    words = ["a" * length + "*" for length in range(1, 11)]
    phrases = (" ".join(_RANDOM.choices(words, k=6)) for _ in range(rules))
    return _book(f"any: ['{phrase}']" for phrase in phrases), _messages(lambda: "a" * _RANDOM.randint(6, 12))


def _han(rules: int) -> Hard:
    phrases = ("".join(_RANDOM.choices(_HAN, k=4)) for _ in range(rules))
    return _book(f"any: [{phrase}]" for phrase in phrases), _messages(lambda: _RANDOM.choice(_HAN), "")


def _patterns(rules: int) -> Hard:
    whens = (rf"pattern: '{_letters(6)}\s*(?P<number>\d+)'" for _ in range(rules))
    return _book(whens), _messages(lambda: _letters(6) + " 12")


def _shared(rules: int, condition: str, more: str = "") -> Hard:
    return _book((f"any: [the], {condition.format(n)}" for n in range(rules)), more), ["the " * (LONGEST // 4)] * 3
