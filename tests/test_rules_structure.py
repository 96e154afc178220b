"""Random trees of the words that books have, many of them nearly books: each is a book or has faults, nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules import BookError, Conversation, parse
from rules.keys import KEYS, PLACEHOLDERS
from tests.rulebooks import NOON, answer, faults

TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "a",
            "refund",
            "refund policy",
            "track*",
            "a*b",
            "*",
            "?",
            "{w}",
            "{v}",
            "{",
            "}",
            "{{x}}",
            "🎁",
            "价格",
            "no",
        ),
        *(
            "1",
            "0",
            "5",
            "on",
            "off",
            "live",
            "shadow",
            "true",
            "false",
            "anything",
            "opt_out",
            "opt_in",
            "hand_off",
            "tag",
        ),
        *("4h", "30s", "0s", "366d", "Europe/Paris", "UTC", "Mars", "en", "ar", "support", "shop"),
        *("09:00-17:00", "20:00-04:00", "24:00-00:00", "closed", "2026-12-25", "2026-02-30", "2026-12-24..2026-12-26"),
        *(
            "+33",
            "+33612345678",
            "33",
            "(?P<order>\\d+)",
            "(?P<date>a)",
            "(a",
            "a(?!b)",
            "\\",
            "\ud800",
            "\0",
            "x" * 4097,
        ),
        *(f"b {{{name}}}" for name in (*PLACEHOLDERS, "order")),
    ]
)
DAYS = ["mon", "mon-fri", "Sat, sun", "closed", "open", "xyz", "2026-12-24"]
KEYS_OF_ALL = sorted({key for keys in KEYS.values() for key in keys})
ANY = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS_OF_ALL, *DAYS, "w"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def rarely(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """It, and now and then anything else."""
    return st.integers(0, 99).flatmap(lambda number: ANY if number == 99 else value)


def texts(*usual: str) -> st.SearchStrategy[Any]:
    one = rarely(st.sampled_from(usual) if usual else TEXTS)
    return st.one_of(one, st.lists(one, min_size=1, max_size=3))


def keyed(place: str, values: dict[str, st.SearchStrategy[Any]], *needed: str) -> st.SearchStrategy[Any]:
    """A map with the keys of a place."""
    assert set(values) <= set(KEYS[place])
    return st.fixed_dictionaries(
        {key: values[key] for key in needed}, optional={key: values[key] for key in values if key not in needed}
    )


SPAN = rarely(st.sampled_from(["4h", "30s", "2d"]))
PHRASES = texts("refund", "money back", "track*", "{w} back", "🎁", "价格", "no", "order")
REPLIES = texts("Hello", "It is {time} on {date}", "{next_open}", "{hours}", "{book} {{}}")
WHEN: st.SearchStrategy[Any] = st.deferred(lambda: st.just("anything") | CONDITIONS)
CONDITIONS: st.SearchStrategy[Any] = keyed(
    "`when`",
    {
        **dict.fromkeys(("any", "all", "none", "exact", "starts"), PHRASES),
        "pattern": rarely(st.sampled_from([r"(?P<order>\d+)", "a|b", r"\bx"])),
        "media": rarely(st.just("any")) | texts("image", "audio"),
        **dict.fromkeys(("during", "outside"), rarely(st.just("support"))),
        "first_message": rarely(st.sampled_from(["true", "false"])),
        **dict.fromkeys(("tagged", "not_tagged"), texts("vip", "x")),
        "from": texts("+33", "+1 (555)"),
        "either": st.lists(WHEN, min_size=2, max_size=3),
        "not": WHEN,
    },
)
ACTIONS = rarely(
    st.sampled_from(["opt_out", "opt_in"])
    | keyed("`then`", {"hand_off": SPAN, "tag": texts("x", "y"), "untag": texts("z"), "notify": texts("desk", "a-b")})
)
WITH_MEDIA = keyed("an example", {"media": rarely(st.just("image")), "text": rarely(st.just("look"))}, "media")
RULE = keyed(
    "a rule",
    {
        "name": rarely(st.text("abc", min_size=1, max_size=6)),
        "mode": rarely(st.sampled_from(["live", "shadow", "off"])),
        "only_for": texts("sender", "+33612345678"),
        "when": rarely(WHEN),
        "once_per": SPAN,
        "reply": REPLIES,
        "late_reply": REPLIES,
        "then": st.one_of(ACTIONS, st.lists(ACTIONS, max_size=2)),
        "examples": rarely(
            keyed("`examples`", dict.fromkeys(("known_misses", "ignores"), texts("hello") | WITH_MEDIA))
        ),
    },
    *("name", "when", "reply"),
)
SPANS = texts("09:00-12:00", "13:00-17:00", "20:00-04:00")
HOURS = st.dictionaries(st.sampled_from(["mon-thu", "fri", "Sat, sun"]), SPANS, min_size=1, max_size=3).map(
    lambda days: days | {"closed": ["2026-12-25"], "open": {"2026-12-24": "09:00-12:00"}}
)
BOOK = keyed(
    "the book",
    {
        "version": st.just(1),
        "name": rarely(st.just("Acme")),
        "language": rarely(st.sampled_from(["en", "fr", "de", "hi", "ar"])),
        "timezone": rarely(st.sampled_from(["Europe/Paris", "Asia/Kolkata", "UTC"])),
        "burst": rarely(st.sampled_from(["off", {"quiet": "2s", "at_most": "8s"}])),
        "reply_limit": rarely(st.sampled_from([{"replies": 5, "per": "10m"}])),
        "late_after": SPAN,
        "typos": rarely(st.sampled_from(["on", "off"])),
        "skip_words": texts("please", "hello there"),
        "words": rarely(st.fixed_dictionaries({"w": texts("refund", "money"), "v": texts("{w} back")})),
        "hours": rarely(st.fixed_dictionaries({"support": HOURS}, optional={})),
        "window_closed": rarely(st.sampled_from([{"template": {"id": "t", "variables": {"a": "b"}}}])),
        "rules": rarely(st.lists(RULE, min_size=1, max_size=3, unique_by=lambda rule: str(rule["name"]))),
    },
    *("version", "name", "timezone", "hours", "words", "late_after", "rules"),
)
MESSAGES = ["", "refund", "monye back, order 123", "价格 🎁", "a" * 5000, "\ud800", "no"]


def outcome(book: Any) -> tuple[str, ...]:
    """All that can be seen of a book: its faults, or what it says."""
    try:
        of = parse(json.dumps(book).encode(), "test.yaml")
    except BookError as error:
        return tuple(map(str, error.faults))
    known = Conversation(
        first_message=False, tags=frozenset({"x"}), fired=dict.fromkeys("abc", NOON - timedelta(minutes=1))
    )
    decisions = [answer(of, text, conversation) for text in MESSAGES for conversation in (Conversation(), known)]
    decisions += [answer(of, text, media="image") for text in MESSAGES]
    return ("good", *(f"{decision} {tuple(decision.trace)}" for decision in decisions))


@settings(max_examples=300, deadline=None)
@given(BOOK)
@example({"version": 1, "rules": [{"name": "a", "when": "anything", "reply": "b"}]})
def test_a_nearly_good_book_is_a_book_or_faults_and_the_same_each_time(book: Any) -> None:
    assert outcome(book) == outcome(book)


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_any_tree_of_known_words_has_faults(tree: Any) -> None:
    assert outcome(tree)[0] != "good"


GOOD = Path(__file__).parents[1] / "tests" / "books" / "every_key.yaml"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2400), st.integers(0, 5), st.binary(max_size=4)), min_size=1, max_size=3))
@example([(0, 0, "\u0600".encode())])
def test_a_book_with_other_bytes_in_it_is_a_book_or_faults(edits: list[tuple[int, int, bytes]]) -> None:
    data = GOOD.read_bytes()
    for place, length, other in edits:
        data = data[:place] + other + data[place + length :]
    assert all(fault.isprintable() for fault in faults(data))
