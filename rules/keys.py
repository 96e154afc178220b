"""The words that a book may use, place by place, and what was probably meant by others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

KEYS = {
    "the book": ("version", "name", "typos", "skip_words", "rules"),
    "a rule": ("name", "when", "reply", "then", "examples"),
    "`when`": ("any", "all", "none", "exact", "starts", "pattern"),
    "`then`": ("opt_out", "opt_in", "hand_off"),
    "`examples`": ("matches", "ignores", "known_misses"),
}

# Parts of the language that this version refuses rather than ignores.
LATER = {
    "the book": ("timezone", "burst", "reply_limit", "late_after", "words", "hours", "window_closed"),
    "a rule": ("mode", "only_for", "once_per", "late_reply"),
    "`when`": ("during", "outside", "first_message", "tagged", "not_tagged", "from", "either", "not"),
    "`then`": ("tag", "untag", "notify"),
    "placeholders": ("next_open", "hours", "date", "time"),
}

_MEANT = {
    "the book": {"title": "name", "stop_words": "skip_words", "ignore_words": "skip_words", "fuzzy": "typos"},
    "a rule": {
        **dict.fromkeys(("keyword", "keywords", "contains", "match", "trigger", "triggers", "if", "condition"), "when"),
        **dict.fromkeys(("response", "responses", "answer", "text", "message", "replies", "say"), "reply"),
        **dict.fromkeys(("action", "actions", "do"), "then"),
        **dict.fromkeys(("test", "tests"), "examples"),
        **dict.fromkeys(("id", "title", "rule"), "name"),
    },
    "`when`": {
        **dict.fromkeys(("keyword", "keywords", "contains", "phrase", "phrases", "or", "word", "any_of"), "any"),
        **dict.fromkeys(("and", "every", "all_of"), "all"),
        **dict.fromkeys(("without", "except", "unless", "excludes"), "none"),
        **dict.fromkeys(("match", "regex", "regexp", "re"), "pattern"),
        **dict.fromkeys(("equals", "is", "whole"), "exact"),
        **dict.fromkeys(("begins", "prefix", "starts_with", "startswith"), "starts"),
    },
    "`then`": {
        **dict.fromkeys(("handoff", "handover", "hand_over", "human", "agent", "escalate", "pause"), "hand_off"),
        **dict.fromkeys(("optout", "unsubscribe", "stop"), "opt_out"),
        **dict.fromkeys(("optin", "subscribe", "start"), "opt_in"),
    },
    "`examples`": {
        **dict.fromkeys(("match", "yes", "positive", "ok"), "matches"),
        **dict.fromkeys(("no_match", "no", "negative", "not", "misses"), "ignores"),
        **dict.fromkeys(("todo", "known_miss", "todo_match"), "known_misses"),
    },
}


def meant(word: str, place: str) -> str | None:
    """The word that was probably meant by one that this place does not know."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in KEYS[place]:
        return plain
    return _MEANT[place].get(plain) or closest(plain, KEYS[place])


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, if any does."""
    return next(iter(difflib.get_close_matches(word[:40], list(known), n=1)), None)


def advice(word: str, place: str) -> str:
    """What to write instead of a word that this place does not know."""
    if (other := meant(word, place)) is not None:
        return f"did you mean `{other}`?"
    if (home := _home(word)) is not None:
        return f"it belongs in {home}"
    return f"{place} has {listed(KEYS[place])}"


def listed(words: Iterable[str]) -> str:
    """Words for a sentence: `a`, `b`, `c`."""
    return ", ".join(f"`{word}`" for word in words)


def _home(word: str) -> str | None:
    return (
        next((place for place in KEYS if word in KEYS[place] or word in LATER.get(place, ())), None) if word else None
    )
