"""Phrases of a book: what an author writes under `any`, `exact` and so on, cut into words ready to compare."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rules.faults import quoted
from rules.text import normalise, raw_tokens, tokens
from rules.typos import allowed_edits


class PhraseError(ValueError):
    """The phrase cannot mean anything: `problem` says what is wrong, `advice` what to write instead."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem = problem
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase."""

    text: str  # normalised
    prefix: bool = False  # written with a star: also every word that begins so
    edits: int = 0  # how many typing errors are forgiven


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that have to follow each other."""

    written: str  # as the book has it
    words: tuple[Word, ...]
    forgives: bool = False  # whether any of its words does


def compile_phrase(written: str, *, typos: bool) -> Phrase:
    """Cut a phrase into words. Raises `PhraseError`: nothing to compare, a star or a brace out of place."""
    text = normalise(written)
    _refuse(written, text)
    pieces = text.split("*")
    words: list[Word] = []
    for piece in pieces[:-1]:
        *whole, last = tokens(piece)
        words += [_word(token, typos=typos) for token in whole]
        words.append(Word(last, prefix=True))
    words += [_word(token, typos=typos) for token in tokens(pieces[-1])]
    return Phrase(written, tuple(words), any(word.edits for word in words))


def without(skipped: Sequence[tuple[str, ...]], said: Sequence[str]) -> list[int]:
    """Which of the words said remain when the skip words are dropped: their indexes. Longer skip phrases go first."""
    kept: list[int] = []
    at = 0
    while at < len(said):
        length = max((len(skip) for skip in skipped if tuple(said[at : at + len(skip)]) == skip), default=0)
        if not length:
            kept.append(at)
        at += length or 1
    return kept


def _refuse(written: str, text: str) -> None:
    if "{" in text or "}" in text:
        raise PhraseError(
            f"phrase {quoted(written)}: lists in phrases, `{{name}}`, are not supported by this version yet",
            "write the words themselves",
        )
    if not tokens(text):
        raise PhraseError(
            f"phrase {quoted(written)} has no word in it: punctuation is not compared",
            "write a word, or use `pattern`",
        )
    if any(_is_misplaced(text, place) for place, character in enumerate(text) if character == "*"):
        raise PhraseError(
            f"phrase {quoted(written)}: a star stands only at the end of a word",
            "write `track*`, or use `pattern`",
        )


def _is_misplaced(text: str, star: int) -> bool:
    before = text[:star].rpartition("*")[2]
    words = raw_tokens(before)
    return not words or not before.endswith(words[-1]) or _is_of_a_word(text[star + 1 : star + 2])


def _is_of_a_word(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LMNS"


def _word(token: str, *, typos: bool) -> Word:
    return Word(token, edits=allowed_edits(token) if typos else 0)
