"""The words that a book may use, place by place, with what each means; and what was probably meant by others."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import islice

_MOST_COMPARED = 200
_UNSPACED = re.compile(r"(\w+):(\S.*)", re.DOTALL)
_LONGEST_SHOWN = 40
MOST_SHOWN = 20  # items in one message
_PLAIN = re.compile(r"[+\w][^\[\]{}\"#:,]*")  # needs no quotes in a list

# What a key means is what an editor shows beside it (schema.py).
KEYS = {
    "the book": {
        "version": "The version of the language: 1.",
        "name": "What the business is called; `{book}` in replies.",
        "language": "In which language `{next_open}`, `{hours}` and `{date}` are said: en, fr, es, pt, de, hi or ar.",
        "timezone": "The IANA name of the zone of all hours, such as Europe/Paris.",
        "burst": "Several quick messages get one reply: `{quiet: 2s, at_most: 8s}`; or `off`.",
        "reply_limit": "So many replies per conversation in such a time, `{replies: 5, per: 10m}`; ends loops.",
        "late_after": "A message older than this when it is answered gets the `late_reply` of its rule.",
        "typos": "Whether small typing errors are forgiven: on (the default) or off.",
        "skip_words": "Words that do not count where a phrase has to be the whole message (`exact`).",
        "words": "Lists of words by name, used as `{name}` inside phrases.",
        "hours": "Opening hours by name, for `during` and `outside`.",
        "window_closed": "What is sent when the 24-hour window has closed: a template.",
        "rules": "The rules, in the order in which they are asked. The first live one that matches answers.",
    },
    "a rule": {
        "name": "How the rule is spoken of; no two rules have the same.",
        "mode": "live (the default), shadow (decided and recorded, never sent) or off.",
        "only_for": "Numbers of senders for whom alone the rule is live.",
        "when": "When the rule answers: conditions that must all hold, or the bare word `anything`.",
        "once_per": "In one conversation it answers once in such a time, such as 12h; then the next rules are tried.",
        "reply": "What is sent. Of a list of variants one is chosen, always the same for one message.",
        "late_reply": "What is sent instead when the answer comes late (`late_after`).",
        "then": "What happens besides: one action or a list of them.",
        "examples": "Messages that show what the rule does; they are run whenever the book is read.",
    },
    "`when`": {
        "any": "At least one of the phrases occurs. `track*` is every word that begins so.",
        "all": "Every one of the phrases occurs.",
        "none": "None of the phrases occurs.",
        "exact": "The whole message, without punctuation and skip words, is one of the phrases.",
        "starts": "The message begins with one of the phrases.",
        "pattern": "A regular expression (RE2, any case) is found; its named groups become placeholders.",
        "media": "The message is an image, a video and so on, with words or without: any, a kind, or a list of kinds.",
        "during": "Now is inside these hours.",
        "outside": "Now is outside these hours.",
        "first_message": "true: no earlier message of this conversation is remembered; false: one is.",
        "tagged": "The conversation bears the tag; of a list, each of them.",
        "not_tagged": "The conversation lacks the tag; of a list, each of them.",
        "from": "The sender's number begins with one of these, such as +33.",
        "either": "A list of alternatives: one of them holds.",
        "not": "The conditions inside do not all hold.",
    },
    "`then`": {
        "opt_out": "The conversation is silent until it opts in.",
        "opt_in": "The conversation is answered again.",
        "hand_off": "A person answers: the bot is silent for so long, such as 4h.",
        "tag": "The conversation bears this tag from now on.",
        "untag": "The conversation loses this tag.",
        "notify": "The endpoint of this name, from the settings, is told.",
    },
    "`examples`": {
        "matches": "Messages that this rule answers.",
        "ignores": "Messages that this rule does not answer.",
        "known_misses": "Messages that it should answer and may not yet; they never fail.",
    },
    "an example": {
        "media": "What the message is: image, video, audio, document, sticker, location or contacts.",
        "text": "What it says besides; without it, nothing.",
    },
    "`burst`": {
        "quiet": "Messages that come within this time of each other are one burst.",
        "at_most": "No burst is waited for longer than this.",
    },
    "`reply_limit`": {"replies": "How many replies.", "per": "In how long a time, such as 10m."},
    "`window_closed`": {"template": "The template message that is sent."},
    "`template`": {"id": "The provider's id of the template.", "variables": "The values of its variables, by name."},
}

KNOWN = frozenset().union(*KEYS.values())  # all keys, wherever they stand
PLACEHOLDERS = ("book", "date", "time", "hours", "next_open")  # in every reply; the others are groups of patterns

_MEANT = {
    "the book": {
        **dict.fromkeys(("title", "shop", "business"), "name"),
        **dict.fromkeys(("stop_words", "ignore_words", "skip"), "skip_words"),
        **dict.fromkeys(("fuzzy", "spelling"), "typos"),
        **dict.fromkeys(("tz", "time_zone", "zone"), "timezone"),
        **dict.fromkeys(("lang", "locale"), "language"),
        **dict.fromkeys(("lists", "word_lists", "list", "keywords"), "words"),
        **dict.fromkeys(("opening_hours", "business_hours", "schedule"), "hours"),
        **dict.fromkeys(("rate_limit", "limit"), "reply_limit"),
        **dict.fromkeys(("rule", "replies"), "rules"),
    },
    "a rule": {
        **dict.fromkeys(("keyword", "keywords", "contains", "match", "trigger", "triggers", "if", "condition"), "when"),
        **dict.fromkeys(("response", "responses", "answer", "text", "message", "replies", "say"), "reply"),
        **dict.fromkeys(("action", "actions", "do"), "then"),
        **dict.fromkeys(("test", "tests"), "examples"),
        **dict.fromkeys(("id", "title", "rule"), "name"),
        **dict.fromkeys(("cooldown", "every", "limit", "throttle"), "once_per"),
        **dict.fromkeys(("status", "state", "active", "enabled"), "mode"),
        **dict.fromkeys(("senders", "test_numbers", "numbers"), "only_for"),
    },
    "`when`": {
        **dict.fromkeys(("keyword", "keywords", "contains", "phrase", "phrases", "word", "any_of", "text"), "any"),
        **dict.fromkeys(("and", "every", "all_of"), "all"),
        **dict.fromkeys(("or", "one_of"), "either"),
        **dict.fromkeys(("without", "except", "unless", "excludes"), "none"),
        **dict.fromkeys(("match", "regex", "regexp", "re"), "pattern"),
        **dict.fromkeys(("equals", "is", "whole"), "exact"),
        **dict.fromkeys(("begins", "prefix", "starts_with", "startswith"), "starts"),
        **dict.fromkeys(("attachment", "has_media", "image", "photo", "picture", "video", "voice", "audio"), "media"),
        **dict.fromkeys(("file", "document", "sticker", "location", "contacts"), "media"),
        **dict.fromkeys(("open", "inside", "hours", "within"), "during"),
        **dict.fromkeys(("closed",), "outside"),
        **dict.fromkeys(("first", "new", "new_contact"), "first_message"),
        **dict.fromkeys(("tag", "has_tag", "label"), "tagged"),
        **dict.fromkeys(("untagged", "no_tag"), "not_tagged"),
        **dict.fromkeys(("sender", "number", "phone"), "from"),
    },
    "`then`": {
        **dict.fromkeys(("handoff", "handover", "hand_over", "human", "agent", "escalate", "pause"), "hand_off"),
        **dict.fromkeys(("optout", "unsubscribe", "stop"), "opt_out"),
        **dict.fromkeys(("optin", "subscribe", "start"), "opt_in"),
        **dict.fromkeys(("label", "add_tag"), "tag"),
        **dict.fromkeys(("remove_tag", "unlabel"), "untag"),
        **dict.fromkeys(("webhook", "alert", "email"), "notify"),
    },
    "`examples`": {
        **dict.fromkeys(("match", "yes", "positive", "ok"), "matches"),
        **dict.fromkeys(("no_match", "no", "negative", "not", "misses"), "ignores"),
        **dict.fromkeys(("todo", "known_miss", "todo_match"), "known_misses"),
    },
    "an example": {
        **dict.fromkeys(("kind", "type", "attachment"), "media"),
        **dict.fromkeys(("caption", "message", "words", "body"), "text"),
    },
    "`burst`": {"wait": "quiet", **dict.fromkeys(("max", "limit"), "at_most")},
    "`reply_limit`": {
        **dict.fromkeys(("count", "max", "messages"), "replies"),
        **dict.fromkeys(("in", "within", "every"), "per"),
    },
    "`window_closed`": {},
    "`template`": {"name": "id", "template_id": "id", "parameters": "variables"},
}


def meant(word: str, place: str) -> str | None:
    """The word that was probably meant by one that this place does not know."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in KEYS[place]:
        return plain
    if (synonym := _MEANT[place].get(plain)) is not None:
        return synonym
    return None if _home(plain) else closest(plain, KEYS[place])


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, if any does; of very many words the first are looked at."""
    return next(iter(difflib.get_close_matches(word[:40], list(islice(known, _MOST_COMPARED)), n=1)), None)


def advice(word: str, place: str) -> str:
    """What to write instead of a word that this place does not know."""
    if word == "<<":
        return "write its keys here: maps are not merged"
    if word == "anything" and place == "`when`":
        return "write the bare word: `when: anything`"
    if (other := meant(word, place)) is not None:
        return f"did you mean `{other}`?"
    if (home := _home(word)) is not None:
        return "it belongs at the top of the book" if home == "the book" else f"it belongs in {home}"
    there = f"{place} has {listed(KEYS[place])}"
    is_text = " " in word and place in ("the book", "a rule")
    return f"{there}; text of several lines stands indented below `reply: |`" if is_text else there


def unspaced(written: str, places: Iterable[str]) -> tuple[str, str] | None:
    """The problem and the advice, where this is a key of one of these places, a colon, and no space after it."""
    match = _UNSPACED.fullmatch(written.strip())
    if match is None or not any(match[1] in KEYS[place] for place in places):
        return None
    return f"no space after `{match[1]}:`", f"write `{match[1]}: {shown(match[2])}`"


def shown(text: str) -> str:
    """A part of the book as an advice shows it: its beginning, where it is long."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def listed(words: Iterable[str]) -> str:
    """Words for a sentence: `a`, `b`, `c`."""
    return ", ".join(f"`{word}`" for word in words)


def as_list(items: Sequence[str]) -> str:
    """These texts as an author would write them in a list."""
    written = (item if _PLAIN.fullmatch(item) else "'" + item.replace("'", "''") + "'" for item in items[:MOST_SHOWN])
    return f"`[{shown(', '.join(written))}]`"


def _home(word: str) -> str | None:
    """The place that has this key; not those of an example, since `text` is asked for everywhere."""
    return next((place for place in KEYS if word in KEYS[place] and place != "an example"), None) if word else None
