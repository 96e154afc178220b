"""Recorded messages under another book: through a real ledger, and as a person sees it on the command line."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from click.testing import CliRunner, Result

from bot.commands.rules import rules
from rules import Book, Decision, Message, decide, parse
from rules.as_json import iso
from rules.model import Shadow
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, claimed, key_of, lived, sweep
from tests.rulebooks import book
from worker import keys
from worker.ledger import Ledger, State
from worker.replay import Change, Reasons, Report, Standing, compare
from worker.secret import Secret

BEFORE = """
- {name: stop, when: {exact: [stop]}, reply: Goodbye., then: opt_out}
- {name: refund, when: {any: [refund, money back]}, reply: Which order?}
- {name: order, when: {pattern: 'order (?P<number>[0-9]+)'}, reply: 'Looking up {number}.'}
- {name: hello, when: {any: [hello, hi there]}, reply: Hi!}
- {name: note, when: {exact: [note]}, then: {tag: noted}}
- {name: thanks, when: {any: [thanks]}, reply: You are welcome.}
"""

# refund loses a phrase, hello its text and a phrase to a new rule, stop its action, note its name; price is new
AFTER = """
- {name: stop, when: {exact: [stop]}, reply: Goodbye.}
- {name: refund, when: {any: [refund]}, reply: Which order?}
- {name: order, when: {pattern: 'order (?P<number>[0-9]+)'}, reply: 'Looking up {number}.'}
- {name: friend, when: {any: [hi there]}, reply: Hi!}
- {name: hello, when: {any: [hello]}, reply: Good day.}
- {name: price, when: {any: [price]}, reply: It depends.}
- {name: memo, when: {exact: [note]}, then: {tag: noted}}
- {name: trial, mode: shadow, when: {any: [weather]}, reply: Sunny.}
- {name: thanks, when: {any: [thanks]}, reply: You are welcome.}
"""

# what was written, and what becomes of it
MADE = [
    ("stop", "other_actions"),
    ("a refund please", None),
    ("my money back!", "loses_reply"),
    ("money back \x1b[31m now", "loses_reply"),
    ("order 17", None),
    ("hi there", "other_rule"),
    ("hello", "other_text"),
    ("the price?", "gains_reply"),
    ("note", "other_rule"),
    ("the weather", "other_silence"),
    ("what", None),
    ("thanks", None),
]


async def records(ledger: Ledger, of: Book, texts: Sequence[str]) -> list[Message]:
    """Each from a person who never wrote before, decided by the book."""
    messages = [a_message(text, sender=f"+4915{number:08}") for number, text in enumerate(texts)]
    for message in messages:
        await lived(ledger, of, message)
    return messages


async def replayed(ledger: Ledger, of: Book) -> Report:
    return compare(of, [record async for record in ledger.decided()])


def kinds(report: Report) -> dict[str, str]:
    return {change.question.message.text: change.kind for change in report.changes}


# What is compared


async def test_every_change_is_found_named_and_counted(ledger: Ledger) -> None:
    messages = await records(ledger, book(BEFORE), [text for text, _ in MADE])
    report = await replayed(ledger, book(AFTER))
    assert report.messages == len(MADE)
    assert kinds(report) == {text: kind for text, kind in MADE if kind}
    assert report.kinds == {
        "loses_reply": 2,
        "gains_reply": 1,
        "other_rule": 2,
        "other_actions": 1,
        "other_text": 1,
        "other_silence": 1,
    }
    assert [change.key for change in report.changes] == [
        key_of(message) for message, (_, kind) in zip(messages, MADE, strict=True) if kind
    ]
    assert (report.guessed, report.guessed_changes, report.unreadable) == (0, 0, 0)


async def test_each_rule_has_its_messages_counted_then_and_now(ledger: Ledger) -> None:
    await records(ledger, book(BEFORE), [text for text, _ in MADE])
    assert (await replayed(ledger, book(AFTER))).standings == (
        Standing("stop", then=1, now=1, won=0, lost=0),
        Standing("refund", then=3, now=1, won=0, lost=2),
        Standing("order", then=1, now=1, won=0, lost=0),
        Standing("friend", then=0, now=1, won=1, lost=0),
        Standing("hello", then=2, now=1, won=0, lost=1),
        Standing("price", then=0, now=1, won=1, lost=0),
        Standing("memo", then=0, now=1, won=1, lost=0),
        Standing("thanks", then=1, now=1, won=0, lost=0),
        Standing("note", then=1, now=0, won=0, lost=1),
        Standing(None, then=3, now=4, won=2, lost=1),
    )


async def test_what_was_said_and_would_be_said_stand_in_the_change(ledger: Ledger) -> None:
    await records(ledger, book(BEFORE), ["hello", "my money back!", "stop"])
    text, loss, action = (await replayed(ledger, book(AFTER))).changes
    assert (text.then.rule, text.then.reply, text.now.reply) == ("hello", "Hi!", "Good day.")
    assert (loss.then.reply, loss.now.reply, loss.now.silence) == ("Which order?", None, "no_rule")
    assert (action.then.actions, action.now.actions) == (("opt_out",), ())


async def test_groups_go_from_rule_to_rule_the_largest_first(ledger: Ledger) -> None:
    await records(ledger, book(BEFORE), [text for text, _ in MADE])
    groups = (await replayed(ledger, book(AFTER))).groups
    found = [(group[0].then.rule, group[0].now.rule, len(group)) for group in groups]
    assert found[0] == ("refund", None, 2)
    assert sorted(map(str, found[1:])) == sorted(
        map(
            str,
            [
                ("stop", "stop", 1),
                ("hello", "friend", 1),
                ("hello", "hello", 1),
                (None, "price", 1),
                ("note", "memo", 1),
                (None, None, 1),
            ],
        )
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", 'any: "hello"'),
        ("my money back!", "refund: any: none of the phrases occurs"),
        ("the weather", "no rule holds"),
        ("note", 'exact: "note"'),
    ],
)
async def test_a_change_has_its_reason(ledger: Ledger, text: str, why: str) -> None:
    await records(ledger, book(BEFORE), [text])
    (change,) = (await replayed(ledger, book(AFTER))).changes
    assert Reasons(book(AFTER)).of(change) == why


async def test_the_reason_says_where_the_rule_of_then_is_gone(ledger: Ledger) -> None:
    await records(ledger, book(BEFORE), ["thanks"])
    other = book("- {name: a, when: {exact: [a]}, reply: b}")
    (change,) = (await replayed(ledger, other)).changes
    assert Reasons(other).of(change) == "the book has no rule thanks"


async def test_the_order_of_actions_is_no_change(ledger: Ledger) -> None:
    rule = "- {name: a, when: anything, reply: b, then: %s}"
    await records(ledger, book(rule % "[{tag: x}, {hand_off: 4h}]"), ["x"])
    assert (await replayed(ledger, book(rule % "[{hand_off: 4h}, {tag: x}]"))).changes == ()
    assert len((await replayed(ledger, book(rule % "[{hand_off: 5h}, {tag: x}]"))).changes) == 1


# What rules in shadow would have answered

SHADOWS = """
- {name: trial, mode: shadow, when: {any: [weather, rain, snow]}, reply: Sunny.}
- {name: watch, mode: shadow, when: {any: [weather]}, then: {tag: seen}}
- {name: rest, when: {any: [rain, hello]}, reply: Hi!}
"""

# trial loses a word, its text changes for none; watch is gone where rest stands above it; news is new
OTHER_SHADOWS = """
- {name: rest, when: {any: [rain, hello]}, reply: Hi!}
- {name: trial, mode: shadow, when: {any: [weather, rain]}, reply: Wet.}
- {name: watch, mode: shadow, when: {any: [weather]}, then: {tag: seen}}
- {name: news, mode: shadow, when: {any: [news]}, reply: None today.}
"""


async def test_shadow_answers_that_change_are_found_named_and_counted(ledger: Ledger) -> None:
    texts = ["the weather", "rain", "snow", "some snow", "hello", "news", "what"]
    messages = await records(ledger, book(SHADOWS), texts)
    report = await replayed(ledger, book(OTHER_SHADOWS))
    changes = report.shadows.changes
    assert [(change.question.message.text, change.kind, change.rules) for change in changes] == [
        ("the weather", "other_text", ("trial",)),
        ("rain", "loses_shadow", ("trial",)),
        ("snow", "loses_shadow", ("trial",)),
        ("some snow", "loses_shadow", ("trial",)),
        ("news", "gains_shadow", ("news",)),
    ]
    assert [change.key for change in changes] == [key_of(messages[n]) for n in (0, 1, 2, 3, 5)]
    assert (changes[0].then, changes[0].now) == (
        (Shadow("trial", "Sunny."), Shadow("watch", None)),
        (Shadow("trial", "Wet."), Shadow("watch", None)),
    )
    assert report.shadows.kinds == {"loses_shadow": 3, "gains_shadow": 1, "other_text": 1}
    assert report.shadows.standings == (
        Standing("trial", then=4, now=1, won=0, lost=3),
        Standing("watch", then=1, now=1, won=0, lost=0),
        Standing("news", then=0, now=1, won=1, lost=0),
    )
    assert [(group[0].rules, len(group)) for group in report.shadows.groups] == [
        (("trial",), 3),
        (("trial",), 1),
        (("news",), 1),
    ]


@pytest.mark.parametrize(
    ("text", "new", "why"),
    [
        ("the weather", OTHER_SHADOWS, 'any: "weather"'),
        ("rain", OTHER_SHADOWS, 'trial: "rest" above it answers'),
        ("snow", OTHER_SHADOWS, "trial: any: none of the phrases occurs"),
        ("snow", SHADOWS.replace("trial, mode: shadow", "trial"), "trial: it is in shadow no more"),
        ("snow", "- {name: rest, when: anything, reply: Hi!}", "the book has no rule trial"),
    ],
)
async def test_a_change_in_shadow_has_its_reason(ledger: Ledger, text: str, new: str, why: str) -> None:
    await records(ledger, book(SHADOWS), [text])
    (change,) = (await replayed(ledger, book(new))).shadows.changes
    assert Reasons(book(new)).of_shadow(change) == why


async def test_the_order_of_rules_in_shadow_is_no_change(ledger: Ledger) -> None:
    rules = SHADOWS.strip().splitlines()
    await records(ledger, book(SHADOWS), ["the weather"])
    assert (await replayed(ledger, book("\n".join([rules[1], rules[0], rules[2]])))).shadows.changes == ()


async def test_a_record_that_does_not_tell_its_shadows_is_not_compared(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    (message,) = await records(ledger, book(SHADOWS), ["snow"])
    await store.hdel(keys.RECORD + key_of(message), "shadows")
    await forget_what_was_asked(store, [message])
    report = await replayed(ledger, book(SHADOWS))
    assert (report.guessed, report.shadows.changes, report.shadows.standings) == (1, (), ())


async def test_what_a_message_was_besides_text_is_asked_again(ledger: Ledger) -> None:
    before = book("- {name: photo, when: {media: image}, reply: nice}\n- {name: rest, when: anything, reply: hi}")
    for media in ("image", "audio", None):
        await lived(ledger, before, a_message("look", media=media, sender=f"+49{media}"))
    assert (await replayed(ledger, before)).changes == ()
    after = book("- {name: voice, when: {media: audio}, reply: write}\n- {name: rest, when: anything, reply: hi}")
    changed = {each.question.message.media: each.now.rule for each in (await replayed(ledger, after)).changes}
    assert changed == {"image": "rest", "audio": "voice"}


# A book that depends on all that there is, so that each of it must be recorded

STATEFUL = parse(
    b"""
version: 1
timezone: Europe/Paris
reply_limit: {replies: 6, per: 1h}
late_after: 15m
hours: {always: {mon-sun: "00:00-24:00"}}
rules:
  - {name: stop, when: {exact: [stop]}, reply: bye, then: opt_out}
  - {name: start, when: {exact: [start]}, reply: back, then: opt_in}
  - {name: human, when: {exact: [human]}, reply: wait, then: [{hand_off: 1s}, {tag: needs-human}]}
  - {name: done, when: {exact: [done]}, then: {untag: needs-human}}
  - {name: trial, mode: shadow, when: {any: [sun]}, reply: sunny}
  - {name: greet, when: {first_message: true}, reply: ["welcome at {time}", "hello at {time}"]}
  - {name: tagged, when: {tagged: needs-human}, once_per: 10m, reply: soon}
  - {name: once, when: {any: [price]}, once_per: 10m, reply: [a, b, c], late_reply: sorry}
  - {name: rest, when: {any: [x], during: always}, reply: rest}
""",
    "stateful.yaml",
)
TALK = ["sun", "price", "price", "price x", "sun", "y", "stop", "price", "start", "human", "x", "done", "x", "x", "x"]


async def talk(ledger: Ledger) -> list[str]:
    """Says all of it; returns the rules and silences, one a message."""
    found = []
    for number, text in enumerate(TALK):
        message = a_message(text)
        if number == 1:
            message = dataclasses.replace(message, sent_at=message.sent_at - timedelta(hours=1))
        if TALK[number - 1] == "human":
            await asyncio.sleep(1.1)  # the person's time is over
        decision = await lived(ledger, STATEFUL, message)
        found.append(f"{decision.rule} {decision.reply or decision.silence}")
    return found


async def test_a_replay_of_the_book_that_decided_changes_nothing(ledger: Ledger) -> None:
    said = await talk(ledger)
    assert said[1:] == [
        "once sorry",
        "None cooldown",
        "rest rest",
        "None shadow",
        "None no_rule",
        "stop bye",
        "None opted_out",
        "start back",
        "human wait",
        "tagged reply_limit",
        "done no_reply",
        "rest reply_limit",
        "rest reply_limit",
        "rest reply_limit",
    ]
    report = await replayed(ledger, STATEFUL)
    assert (report.messages, report.changes, report.guessed) == (len(TALK), (), 0)
    assert report.shadows.changes == ()
    assert [(each.rule, each.then) for each in report.shadows.standings] == [("trial", 2)]


async def test_what_is_said_of_one_conversation_is_asked_as_it_stood_at_each_message(ledger: Ledger) -> None:
    """A book without the limit: what the limit withheld is gained, and nothing else."""
    await talk(ledger)
    unlimited = dataclasses.replace(STATEFUL, reply_limit=None)
    report = await replayed(ledger, unlimited)
    assert [change.kind for change in report.changes] == ["gains_reply"] * 4
    assert {(change.then.silence, change.now.reply) for change in report.changes} == {
        ("reply_limit", "soon"),
        ("reply_limit", "rest"),
    }


async def test_a_message_that_is_sent_again_later_is_asked_as_it_was_at_first(ledger: Ledger) -> None:
    """By then its own rule is in cooldown."""
    of, message = book("- {name: a, when: anything, once_per: 1h, reply: hi, then: {tag: x}}"), a_message()
    claim = await claimed(ledger, message)
    attempt = await ledger.begin(claim, decide(of, message, claim.conversation, claim.now), of.version)
    assert attempt is not None
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await sweep(ledger)
    again = await ledger.claim("b", ACCOUNTS)
    assert again is not None
    assert set(again.conversation.fired) == {"a"}
    assert await ledger.begin(again, Decision(rule="a", reply="hi"), of.version) is not None
    report = await replayed(ledger, of)
    assert (report.messages, report.changes) == (1, ())


# Records of an older version, and damaged ones


async def forget_what_was_asked(store: redis.asyncio.Redis, messages: Sequence[Message]) -> None:
    for message in messages:
        await store.hdel(keys.RECORD + key_of(message), "asked", "decided_at", "first", "actions")


async def test_records_without_what_was_asked_are_counted_apart(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    old = await records(ledger, book(BEFORE), ["hello", "stop", "order 17"])
    await forget_what_was_asked(store, old)
    await lived(ledger, book(BEFORE), a_message("hello"))
    report = await replayed(ledger, book(AFTER))
    assert (report.messages, len(report.changes), report.guessed, report.guessed_changes) == (4, 2, 3, 1)
    assert {change.key for change in report.changes if change.question.guessed} == {key_of(old[0])}


async def test_an_old_record_gives_away_why_its_conversation_was_silent(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    of = book(
        BEFORE + "- {name: human, when: {exact: [human]}, reply: wait, then: {hand_off: 1h}}\n"
        "- {name: first, when: {first_message: true}, reply: welcome}"
    )
    messages = [a_message(text, sender=sender) for sender in ("+1", "+2") for text in ("stop", "hello", "what")]
    messages += [a_message(text, sender="+3") for text in ("human", "hello", "stop", "what")]
    for message in messages:
        await lived(ledger, of, message)
    await forget_what_was_asked(store, messages)
    report = await replayed(ledger, of)
    assert (report.guessed, report.changes) == (len(messages), ())


async def test_damaged_records_are_left_out_and_counted(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    good, bad = await records(ledger, book(BEFORE), ["hello", "hello"])
    await store.hset(keys.RECORD + key_of(bad), "asked", "{")
    report = await replayed(ledger, book(AFTER))
    assert ([change.key for change in report.changes], report.messages, report.unreadable) == ([key_of(good)], 1, 1)


# The command


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """The book of afterwards, as a file."""
    path = tmp_path / "shop.yaml"
    path.write_text(f"version: 1\nrules:{AFTER}")
    return path


@pytest.fixture
async def history(ledger: Ledger, tmp_path: Path) -> Path:
    """Messages that were recorded, and the book that decided them."""
    path = tmp_path / "before.yaml"
    path.write_text(f"version: 1\nrules:{BEFORE}")
    await records(ledger, parse(path.read_bytes(), str(path)), [text for text, _ in MADE])
    return path


async def run(url: Secret | None, *arguments: str | Path, **settings: str) -> Result:
    """The command's result; it has an event loop of its own."""
    environment: dict[str, str | None] = {"AUTOREPLY_REDIS_URL": url.reveal() if url else None, **settings}
    environment |= {"AUTOREPLY_BOOK": None, "AUTOREPLY_PRELUDE_API_TOKEN": None}
    call = ["replay", *map(str, arguments)]
    return await asyncio.to_thread(CliRunner().invoke, rules, call, env=environment)


async def test_the_book_that_decided_changes_nothing(redis_url: Secret, history: Path) -> None:
    result = await run(redis_url, history, "--fail-on-change")
    version = parse(history.read_bytes(), str(history)).version
    assert (result.exit_code, result.output) == (0, f"12 messages under before {version}: none would change\n")


async def test_changes_are_shown_with_their_texts_and_reasons(redis_url: Secret, history: Path, after: Path) -> None:
    result = await run(redis_url, after)
    version = parse(after.read_bytes(), str(after)).version
    assert result.exit_code == 0
    blocks = result.output.split("\n\n")
    assert blocks[0] == f"12 messages under shop {version}: 8 would change"
    assert blocks[1].splitlines() == [
        "      2  lose their reply",
        "      1  gain a reply",
        "      2  get another rule",
        "      1  have something else done for them",
        "      1  get another text only",
        "      1  stay silent for another reason",
    ]
    assert blocks[2].splitlines()[:3] == [
        "rule          then      now      won     lost",
        "stop             1        1        0        0",
        "refund           3        1        0        2",
    ]
    assert blocks[2].splitlines()[-1] == "(no rule)        3        4        2        1"
    lost, others = blocks[3].splitlines(), [block.splitlines() for block in blocks[4:]]
    assert lost == [
        "refund -> (no rule): 2 lose their reply",
        '  "my money back!"',
        "    then  Which order?",
        "    now   (silence: no rule answers)",
        "    why   refund: any: none of the phrases occurs",
        r'  "money back \x1b[31m now"',  # nothing that a terminal would obey
        "    then  Which order?",
        "    now   (silence: no rule answers)",
        "    why   refund: any: none of the phrases occurs",
    ]
    assert [
        "stop -> stop: 1 have something else done for them",
        '  "stop"',
        '    then  Goodbye.  then: ["opt_out"]',
        "    now   Goodbye.  then: []",
        '    why   exact: "stop"',
    ] in others
    changes = len(others) - 4  # the section of the rules in shadow has four blocks
    assert changes == 6
    assert others[changes:] == [
        ["1 message would be answered otherwise in shadow, which sends nothing"],
        ["      1  gain an answer in shadow"],
        [
            "rule in shadow     then      now      won     lost",
            "trial                 0        1        1        0",
        ],
        [
            "trial: 1 gain an answer in shadow",
            '  "the weather"',
            "    then  (nothing)",
            "    now   trial: Sunny.",
            '    why   any: "weather"',
        ],
    ]


@pytest.mark.parametrize(("limit", "shown", "more"), [("0", 0, 0), ("1", 1, 1), ("2", 2, 0)])
async def test_as_many_messages_are_shown_of_each_change_as_one_wants(
    redis_url: Secret, history: Path, after: Path, limit: str, shown: int, more: int
) -> None:
    output = (await run(redis_url, after, "--limit", limit)).output
    assert output.count("money back") == shown
    assert output.count("  and 1 more") == more


async def test_one_document_has_everything_for_a_machine(
    redis_url: Secret, ledger: Ledger, history: Path, after: Path
) -> None:
    document: dict[str, Any] = json.loads((await run(redis_url, after, "--json", "--limit", "0")).stdout)
    report = await replayed(ledger, parse(after.read_bytes(), str(after)))
    assert document["book"] == {"name": "shop", "version": parse(after.read_bytes(), "").version}
    assert (document["messages"], document["changed"], document["since"]) == (12, 8, None)
    assert document["kinds"] == report.kinds
    assert (document["guessed"], document["unreadable"]) == ({"messages": 0, "changed": 0}, 0)
    assert document["rules"] == [dataclasses.asdict(each) for each in report.standings]
    assert [change["message"] for change in document["changes"]] == [change.key for change in report.changes]
    loss = document["changes"][2]
    assert (loss["text"], loss["kind"], loss["guessed"]) == ("money back \x1b[31m now", "loses_reply", False)
    assert loss["then"] == {"rule": "refund", "reply": "Which order?", "silence": None, "actions": []}
    assert loss["now"] == {"rule": None, "reply": None, "silence": "no_rule", "actions": []}
    assert datetime.fromisoformat(loss["decided_at"]) == report.changes[2].question.now
    (in_shadow,) = report.shadows.changes
    assert document["shadows"] == {
        "changed": 1,
        "kinds": {"loses_shadow": 0, "gains_shadow": 1, "other_text": 0},
        "rules": [{"rule": "trial", "then": 0, "now": 1, "won": 1, "lost": 0}],
        "changes": [
            {
                "kind": "gains_shadow",
                "message": in_shadow.key,
                "text": "the weather",
                "decided_at": iso(in_shadow.question.now),
                "then": [],
                "now": [{"rule": "trial", "reply": "Sunny."}],
            }
        ],
    }


async def test_a_message_with_media_is_shown_with_it(redis_url: Secret, ledger: Ledger, after: Path) -> None:
    before = book("- {name: photo, when: {media: image}, reply: nice}")
    for number, text in enumerate(("", "look")):
        await lived(ledger, before, a_message(text, media="image", sender=f"+4915{number}"))
    output = (await run(redis_url, after)).output.splitlines()
    assert {"  {media: image}", '  {media: image, text: "look"}'} <= set(output)
    document = json.loads((await run(redis_url, after, "--json")).stdout)
    assert [(change["text"], change["media"]) for change in document["changes"]] == [("", "image"), ("look", "image")]


async def test_a_change_can_fail_a_build(redis_url: Secret, history: Path, after: Path) -> None:
    assert (await run(redis_url, after, "--fail-on-change")).exit_code == 1
    assert (await run(redis_url, after, "--fail-on-change", "--json")).exit_code == 1
    assert (await run(redis_url, after)).exit_code == 0


async def test_what_changes_in_shadow_alone_is_told_and_fails_no_build(
    redis_url: Secret, ledger: Ledger, tmp_path: Path
) -> None:
    await records(ledger, book(SHADOWS), ["the rain", "snow", "what"])
    path = tmp_path / "other.yaml"
    path.write_text(f"version: 1\nrules:{SHADOWS.replace('Sunny', 'Wet')}")
    result = await run(redis_url, path, "--fail-on-change")
    assert result.exit_code == 0
    head, told, kinds, *_ = result.output.split("\n\n")
    assert head.endswith("none would change")
    assert told == "2 messages would be answered otherwise in shadow, which sends nothing"
    assert kinds == "      2  get another text in shadow"


async def test_only_what_was_decided_since_then_is_asked(
    redis_url: Secret, history: Path, after: Path, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    async for record in ledger.decided():
        if record.key.endswith(("0", "2", "4", "6", "8")):
            await store.hincrby(keys.RECORD + record.key, "decided_at", -7_200_000)
    assert json.loads((await run(redis_url, after, "--since", "1h", "--json")).stdout)["messages"] == 6
    output = (await run(redis_url, after, "--since", "1h")).output
    assert output.startswith("6 messages since 20")
    assert json.loads((await run(redis_url, after, "--since", "1d", "--json")).stdout)["messages"] == 12


async def test_a_span_that_is_none_is_a_mistake_of_usage(redis_url: Secret, after: Path) -> None:
    result = await run(redis_url, after, "--since", "yesterday")
    assert (result.exit_code, "'yesterday' is no duration; write one such as 14d" in result.stderr) == (2, True)


async def test_where_nothing_is_recorded_nothing_changes(redis_url: Secret, after: Path) -> None:
    result = await run(redis_url, after, "--fail-on-change")
    assert (result.exit_code, result.output.split(" under ")[0]) == (0, "0 messages")


async def test_guesses_and_damage_are_told(
    redis_url: Secret, history: Path, after: Path, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    found = [record.key async for record in ledger.decided()]
    for key in found[:4]:
        await store.hdel(keys.RECORD + key, "asked")
    await store.hset(keys.RECORD + found[-1], "asked", "{")
    lines = (await run(redis_url, after)).output.splitlines()
    assert lines[1].startswith("4 of them (")
    assert lines[2] == "1 record is left out: damaged, or of a newer version"


async def test_every_encoding_will_do(redis_url: Secret, ledger: Ledger, after: Path) -> None:
    await records(ledger, book(BEFORE), ["money back 🎁 é", f"money back {'é' * 200}"])
    command = [sys.executable, "-m", "bot", "rules", "replay", str(after)]
    settings = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "AUTOREPLY_REDIS_URL": redis_url.reveal()}
    for option, shown in ("--limit=9", rb"money back \U0001f381 \xe9"), ("--json", rb"\ud83c\udf81 \u00e9"):
        process = await asyncio.create_subprocess_exec(
            *command, option, env=os.environ | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
        assert (process.returncode, errors, shown in output) == (0, b"", True)


async def test_where_redis_is_away_the_command_says_what_to_do(after: Path) -> None:
    result = await run(Secret("redis://:secret@127.0.0.1:1"), after)
    assert result.exit_code == 1
    assert "Redis does not answer" in result.stderr
    assert "AUTOREPLY_REDIS_URL" in result.stderr
    assert "secret" not in result.output


async def test_wrong_settings_and_a_book_with_faults_are_told(redis_url: Secret, tmp_path: Path, after: Path) -> None:
    result = await run(Secret("localhost"), after)
    assert (result.exit_code, "AUTOREPLY_REDIS_URL: write an address" in result.stderr) == (1, True)
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nrules: [{name: a, when: {keyword: b}, reply: c}]")
    result = await run(redis_url, bad)
    assert (result.exit_code, "unknown key `keyword`" in result.stderr) == (1, True)
    told = await run(redis_url, bad, "--json")
    assert (told.exit_code, json.loads(told.stdout)["faults"][0]["problem"]) == (1, "unknown key `keyword`")


def test_a_change_knows_what_it_needs_to_be_asked_again() -> None:
    """It holds no decision: of those that are not shown nobody works out the trace."""
    assert {field.name for field in dataclasses.fields(Change)} == {"key", "kind", "question", "then", "now"}
