"""Work on books: tried, checked, compared with what came, and shown what they lack; in a process that may be ended."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from rules import Book, parse
from rules.inserting import NewExample
from tests.bookwork import a_desk, ended
from tests.conftest import a_message
from tests.ledgers import lived
from worker.bookshelf import Keeper, Kept, Shelf, open_kept
from worker.bookwork.apart import MOST_WAITING, Apart, Died, TooBusy, TooSlow
from worker.bookwork.checking import MOST_RULES, check_book
from worker.bookwork.comparing import Compared, compare_book
from worker.bookwork.contents import LONGEST_TEXT, Contents, contents_of, names_in
from worker.bookwork.desk import Desk
from worker.bookwork.errands import LIES_READY, MOST_RUNNING, Errand, Errands, TooMany
from worker.bookwork.patching import add_example
from worker.bookwork.playground import MOST_STEPS, Asked, try_message
from worker.bookwork.unmatched import Unmatched, gather_unmatched
from worker.ledger import Ledger, Record
from worker.secret import Secret

BOOK = """\
version: 1
name: Shop
timezone: Europe/Paris
hours: {shop: {mon-fri: 09:00-18:00}}
rules:
  - name: stop
    when: {exact: [stop]}
    reply: Goodbye.
    then: opt_out
    examples: {matches: [stop], ignores: [do not stop]}
  - name: refund   # money
    when: {any: [refund, money back]}
    reply: Which order?
    examples:
      matches: [a refund please]
  - name: order
    when: {pattern: 'order (?P<number>[1-9][0-9]{4})'}
    reply: Looking up {number}.
  - name: late
    when: {outside: shop, any: [anybody there]}
    reply: We open {next_open}.
  - name: vip
    when: {tagged: vip, any: [hello]}
    reply: Hello again.
  - name: picture
    when: {media: image}
    reply: Nice.
  - name: trial
    mode: shadow
    when: {any: [weather]}
    reply: Sunny.
  - name: rest
    when: anything
    reply: Write "refund".
"""
DATA = BOOK.encode()
NAME = "/etc/autoreply/book.yaml"
LIMIT = timedelta(seconds=20)


def without_rest(text: str = BOOK) -> bytes:
    return text.partition("  - name: rest")[0].encode()


def told(_: int) -> None:
    """How far it is, which nobody asks here."""


# The playground


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (Asked("a refund"), "refund"),
        (Asked("anybody there", at="sun 10:00"), "late"),
        (Asked("anybody there", at="mon 10:00"), "rest"),
        (Asked("hello", tags=("vip",)), "vip"),
        (Asked("", media="image"), "picture"),
        (Asked("weather"), "rest"),
    ],
)
def test_a_message_is_decided_in_its_circumstances_with_its_trace(asked: Asked, rule: str) -> None:
    tried = try_message(DATA, NAME, asked)
    assert tried.decision is not None
    assert tried.decision["rule"] == rule
    assert [step["rule"] for step in tried.decision["trace"]] == [each.name for each in parse(DATA, NAME).rules]
    assert (tried.left_out, tried.faults, tried.wrong_time) == (0, (), None)


def test_a_time_that_is_none_is_told_and_so_are_the_faults_of_a_book() -> None:
    assert "is no time; write one such as" in str(try_message(DATA, NAME, Asked("x", at="soon")).wrong_time)
    (fault,) = try_message(DATA + b"    oops: 1\n", NAME, Asked("x")).faults
    assert (fault.line, fault.rule) == (len(BOOK.splitlines()) + 1, "rest")


def test_of_a_long_trace_what_the_message_comes_near_is_shown() -> None:
    rules = "".join(f"  - {{name: r{n}, when: {{any: [word{n}x]}}, reply: b}}\n" for n in range(MOST_STEPS + 50))
    tried = try_message(f"version: 1\nrules:\n{rules}".encode(), NAME, Asked("about word7x"))
    assert tried.decision is not None
    assert [step["rule"] for step in tried.decision["trace"]] == ["r7"]
    assert tried.left_out == MOST_STEPS + 49


# Checking


def test_a_good_book_has_its_examples_its_doubts_and_its_coverage() -> None:
    checked = check_book(DATA, NAME)
    assert (checked.good, checked.rules, checked.examples, len(checked.outcomes)) == (True, 8, 3, 3)
    assert {outcome.status for outcome in checked.outcomes} == {"passed"}
    assert "no-human" in {doubt.kind for doubt in checked.doubts}
    assert checked.coverage is not None
    assert "order" in checked.coverage.uncovered
    assert checked.version == parse(DATA, NAME).version


def test_in_a_book_that_is_too_long_for_it_nothing_doubtful_is_looked_for() -> None:
    rules = "".join(f"  - {{name: r{n}, when: {{any: [w{n}]}}, reply: b}}\n" for n in range(MOST_RULES + 1))
    checked = check_book(f"version: 1\nrules:\n{rules}".encode(), NAME)
    assert (checked.good, checked.doubts, checked.too_long) == (True, (), True)
    assert not check_book(DATA, NAME).too_long
    assert check_book(DATA, NAME, warned=False).doubts == ()


def test_an_example_that_fails_is_a_fault_in_its_line() -> None:
    data = BOOK.replace("[a refund please]", "[a refund please, give it back]").encode()
    checked = check_book(data, NAME)
    (fault,) = checked.faults
    assert (fault.line, fault.rule) == (15, "refund")
    assert "this rule should answer" in fault.problem
    assert checked.outcomes[0].status == "failed"  # they stand first


def test_a_fault_is_told_before_any_example_is_run() -> None:
    checked = check_book(BOOK.replace("any: [refund", "anny: [refund").encode(), NAME)
    assert [fault.line for fault in checked.faults] == [12]
    assert (checked.good, checked.outcomes, checked.coverage) == (False, (), None)


# What stands in it


def test_the_rules_of_a_book_are_listed_by_page_and_by_name() -> None:
    contents = contents_of(DATA, NAME, start=1, most=2)
    assert isinstance(contents, Contents)
    refund, order = contents.entries
    assert (refund.name, refund.line, refund.matches, refund.lacks) == ("refund", 11, 1, ("`ignores`",))
    assert (order.name, order.replies, order.mode) == ("order", 1, "live")
    assert (contents.found, contents.rules, contents.examples, contents.zone) == (8, 8, 3, "Europe/Paris")
    found = contents_of(DATA, NAME, about="REST")
    assert isinstance(found, Contents)
    assert [(each.name, each.takes_all) for each in found.entries] == [("rest", True)]
    assert names_in(DATA, NAME) == ["stop", "refund", "order", "late", "vip", "picture", "trial", "rest"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_rule_s_text_is_all_of_it_and_nothing_of_what_follows(ends: str) -> None:
    book = """\
version: 1
rules:
  - name: refund
    when: {any: [refund]}

    reply: |
      Which order?
      - the last one
    examples:
      matches: [a refund]
  # the one that answers all
  - {name: rest, when: anything,
     reply: Hi}
words: {}
"""
    found = contents_of(book.replace("\n", ends).encode(), NAME)
    assert isinstance(found, Contents), found
    refund, rest = (entry.text for entry in found.entries)
    assert refund.startswith(
        "- name: refund\n  when: {any: [refund]}\n\n  reply: |\n    Which order?\n    - the last one\n"
    )
    assert refund.endswith("matches: [a refund]")
    assert rest == "- {name: rest, when: anything,\n   reply: Hi}"


def test_of_a_rule_that_is_very_long_the_beginning_is_shown() -> None:
    words = ", ".join(f"word{number}" for number in range(2_000))
    found = contents_of(f"version: 1\nrules:\n  - {{name: long, when: {{any: [{words}]}}, reply: Hi}}\n".encode(), NAME)
    assert isinstance(found, Contents), found
    assert len(found.entries[0].text) == LONGEST_TEXT


# An example more


def test_an_example_makes_a_patch_and_what_the_rule_lacks_for_it_is_told() -> None:
    patched = add_example(DATA, NAME, "refund", NewExample("give it back"))
    assert patched.diff.startswith("--- a/book.yaml\t")
    assert "+      matches: [a refund please, give it back]\n" in patched.diff
    assert patched.checked is not None
    assert [fault.line for fault in patched.checked.faults] == [15]
    assert parse(patched.data, NAME, examples=False).rules[1].examples.matches[1].text == "give it back"


def test_an_example_that_cannot_be_added_says_why() -> None:
    assert add_example(DATA, NAME, "none", NewExample("x")).refused == 'the book has no rule "none"'
    assert add_example(b"rules: [", NAME, "none", NewExample("x")).faults


# Messages that came


async def decided(ledger: Ledger, of: Book, texts: Sequence[str], *, media: str | None = None) -> None:
    """Each from another person."""
    for number, text in enumerate(texts):
        await lived(ledger, of, a_message(text, sender=f"+4915{number:08}", media=media))


async def records(ledger: Ledger) -> list[Record]:
    found = [record async for record in ledger.decided() if isinstance(record, Record)]
    return sorted(found, key=lambda record: record.received_at)


async def test_a_changed_book_is_compared_by_rule_with_messages_and_reasons(ledger: Ledger) -> None:
    await decided(ledger, parse(DATA, NAME), ["my money back", "a refund", "stop", "money back!", "weather"])
    changed = (
        BOOK.replace(", money back]", "]").replace("[weather]", "[rain]").replace("    then: opt_out\n", "").encode()
    )
    compared = compare_book(changed, NAME, await records(ledger), told)
    assert isinstance(compared, Compared)
    assert (compared.messages, compared.changed) == (5, 3)
    assert compared.kinds == {"other_rule": 2, "other_actions": 1}
    first, second = compared.groups
    assert (first.then, first.now, first.messages) == ("refund", "rest", 2)
    assert [(sample.text, sample.then, sample.now) for sample in first.samples] == [
        ("my money back", "Which order?", 'Write "refund".'),
        ("money back!", "Which order?", 'Write "refund".'),
    ]
    assert (second.samples[0].then, second.samples[0].now) == ("Goodbye. [opt_out]", "Goodbye.")
    (shadow,) = compared.shadow
    assert (shadow.kind, shadow.then, shadow.now, shadow.messages) == ("loses_shadow", "trial", None, 1)
    standings = {each.rule: (each.then, each.now) for each in compared.standings}
    assert standings == {"stop": (1, 1), "refund": (3, 1), "rest": (1, 3)}


async def test_what_nothing_answered_is_grouped_by_what_was_said(ledger: Ledger) -> None:
    texts = ["Is Anna there, 12?", "is ANNA there 99", "blah", "blah!", "Blah", "a refund", "", "weather"]
    await decided(ledger, parse(without_rest(), NAME), texts)
    found = gather_unmatched(DATA, NAME, await records(ledger), told)
    assert isinstance(found, Unmatched)
    assert [(heap.text, heap.messages, heap.people) for heap in found.heaps] == [
        ("Blah", 3, 3),
        ("is ANNA there 99", 2, 2),
    ]
    assert found.heaps[0].hidden == "Blah"  # three people wrote it
    assert found.heaps[1].hidden == "xx XXXX there 00"  # the book has the one
    assert found.heaps[1].example == "is XXXX there 12"
    assert (found.looked_at, found.messages, found.helped) == (8, 5, 0)


async def test_figures_do_not_part_a_group_however_long_they_are(ledger: Ledger) -> None:
    await decided(ledger, parse(without_rest(), NAME), ["7 of them gone", "4711 of them gone", "12 of them gone"])
    found = gather_unmatched(DATA, NAME, await records(ledger), told)
    assert isinstance(found, Unmatched)
    assert [heap.messages for heap in found.heaps] == [3]


async def test_what_only_the_rule_for_anything_answered_is_unmatched_too_and_media_is_told(ledger: Ledger) -> None:
    of = parse(BOOK.replace("media: image", "media: video").encode(), NAME)
    await decided(ledger, of, ["what is this"])
    await decided(ledger, of, ["", "look"], media="image")
    found = gather_unmatched(BOOK.replace("media: image", "media: video").encode(), NAME, await records(ledger), told)
    assert isinstance(found, Unmatched)
    assert {(heap.text, heap.media, heap.rule) for heap in found.heaps} == {
        ("what is this", None, "rest"),
        ("", "image", "rest"),
        ("look", "image", "rest"),
    }


async def test_what_the_book_answers_by_now_is_left_out(ledger: Ledger) -> None:
    await decided(ledger, parse(DATA, NAME), ["undo it", "whatever"])
    found = gather_unmatched(BOOK.replace("money back]", "undo it]").encode(), NAME, await records(ledger), told)
    assert isinstance(found, Unmatched)
    assert ([heap.text for heap in found.heaps], found.helped) == (["whatever"], 1)


# The process


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def count(to: int, tell: object) -> str:
    for number in range(to):
        tell(number)  # type: ignore[operator]
    return "counted"


def fall() -> None:
    os._exit(1)


def stumble() -> None:
    print("a customer's text")  # noqa: T201
    raise ValueError("a customer's text")


def environment() -> list[str]:
    return sorted(os.environ)


@pytest.fixture(scope="module")
async def apart() -> AsyncIterator[Apart]:
    """One process for all: it takes half a second to start."""
    apart = Apart()
    yield apart
    await apart.aclose()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_work_is_done_in_one_other_process_that_tells_how_far_it_is(apart: Apart) -> None:
    first = await apart.run(sleep, 0, limit=LIMIT)
    assert first not in (os.getpid(), None)
    assert await apart.run(sleep, 0, limit=LIMIT) == first
    numbers: list[int] = []
    assert await apart.run(count, 3, limit=LIMIT, tell=numbers.append) == "counted"
    assert numbers == [0, 1, 2]


async def test_work_that_takes_too_long_is_ended_and_the_next_is_done(apart: Apart) -> None:
    first = await apart.run(sleep, 0, limit=LIMIT)
    with pytest.raises(TooSlow, match=r"longer than 0\.1 seconds"):
        await apart.run(sleep, 60, limit=timedelta(seconds=0.1))
    assert not is_there(first)
    assert await apart.run(sleep, 0, limit=LIMIT) != first


async def test_the_process_may_die_or_stumble_and_quotes_nobody(apart: Apart) -> None:
    with pytest.raises(Died, match="ended"):
        await apart.run(fall, limit=LIMIT)
    with pytest.raises(Died, match=r"a fault of autoreply, not of the book \(ValueError\)"):
        await apart.run(stumble, limit=LIMIT)


async def test_it_is_ended_when_nobody_needs_it_and_starts_again() -> None:
    apart = Apart(idle=timedelta(seconds=0.05))
    first = await apart.run(sleep, 0, limit=LIMIT)
    async with asyncio.timeout(10):
        while is_there(first):
            await asyncio.sleep(0.01)
    assert await apart.run(sleep, 0.2, limit=LIMIT) != first  # and not in the middle of its work
    await apart.aclose()


PARENT = """
import asyncio
from datetime import timedelta
from os import getpid
from worker.bookwork.apart import Apart

async def main():
    print(await Apart().run(getpid, limit=timedelta(seconds=20)), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_it_ends_with_whoever_started_it() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    number = int(await parent.stdout.readline())
    assert is_there(number)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while is_there(number):
            await asyncio.sleep(0.01)


async def test_it_gets_no_setting_of_ours(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOREPLY_REDIS_URL", "redis://secret")
    assert not [name for name in await apart.run(environment, limit=LIMIT) if name.startswith("AUTOREPLY")]


async def test_nobody_waits_behind_too_many_others(apart: Apart) -> None:
    waiting = [asyncio.create_task(apart.run(sleep, 0.01, limit=LIMIT)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await apart.run(sleep, 0, limit=LIMIT)
    assert len(set(await asyncio.gather(*waiting))) == 1


async def test_the_loop_goes_on_while_a_long_book_is_loaded(apart: Apart) -> None:
    rules = "".join(f"  - {{name: r{n}, when: {{any: [word{n}]}}, reply: b}}\n" for n in range(2000))
    work = asyncio.create_task(apart.run(check_book, f"version: 1\nrules:\n{rules}".encode(), NAME, limit=LIMIT))
    worst, began = 0.0, time.perf_counter()
    while not work.done():
        await asyncio.sleep(0.005)
        worst, began = max(worst, time.perf_counter() - began), time.perf_counter()
    assert (await work).rules == 2000
    assert worst < 0.5


# Errands


async def test_an_errand_s_result_lies_ready_for_a_while() -> None:
    now = [0.0]
    errands = Errands(clock=lambda: now[0])

    async def work(errand: Errand) -> int:
        errand.done, errand.of = 1, 4
        await asyncio.sleep(0.01)
        return errand.percent

    errand = errands.begin("compare", "b", work)
    assert errands.find(errand.id) is errand is errands.latest("compare", "b")
    assert await ended(errand) == 25
    assert errand.percent == 100
    now[0] = LIES_READY.total_seconds() + 1
    assert errands.find(errand.id) is None


async def test_what_quotes_somebody_who_is_forgotten_is_dropped() -> None:
    errands = Errands()

    async def work(errand: Errand) -> str:
        await asyncio.sleep(0 if errand.kind == "compare" else 60)
        return "a customer's text"

    done, running = errands.begin("compare", "b", work), errands.begin("unmatched", "b", work)
    assert await ended(done) == "a customer's text"
    errands.drop()
    assert (errands.find(done.id), errands.find(running.id)) == (None, None)
    await errands.aclose()
    assert running.result is None


async def test_an_errand_that_fails_says_why_and_not_too_many_run() -> None:
    errands = Errands()

    async def wrong(_: Errand) -> None:
        raise ValueError("a customer's text")

    async def endless(_: Errand) -> None:
        await asyncio.Event().wait()

    errand = errands.begin("compare", "b", wrong)
    while errand.running:
        await asyncio.sleep(0)
    assert errand.failed == "a fault of autoreply (ValueError)"
    for _ in range(MOST_RUNNING):
        errands.begin("unmatched", "b", endless)
    with pytest.raises(TooMany):
        errands.begin("compare", "b", endless)
    await errands.aclose()
    assert errands.latest("unmatched", "b") is None


# The desk, as far as no worker is needed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(BOOK)
    return tmp_path / "book.yaml"


@pytest.fixture
async def desk(file: Path, redis_url: Secret) -> AsyncIterator[Desk]:
    async with a_desk(redis_url, file) as desk, open_kept(redis_url, file) as kept:
        await keep(file, kept)
        yield desk


async def keep(file: Path, kept: Kept) -> None:
    """As a worker does that has it in force."""
    await Keeper(Shelf(file), kept).keep()


async def test_the_desk_looks_through_what_came_for_the_book_s_accounts(desk: Desk, ledger: Ledger) -> None:
    await decided(ledger, parse(DATA, NAME), ["my money back", "what", "what else", "stop"])
    await ledger.take_in(a_message("not decided yet"))
    (book,) = await desk.library.books()
    errand = desk.compare(book, BOOK.replace(", money back]", "]").encode())
    compared = await ended(errand)
    assert (compared.messages, compared.changed, errand.of) == (4, 1, 4)
    unmatched = await ended(desk.gather_unmatched(book, DATA))
    assert [heap.text for heap in unmatched.heaps] == ["what else", "what"]
    assert desk.errands.latest("unmatched", book.id) is not None


async def test_an_errand_with_a_faulty_book_has_its_faults(desk: Desk) -> None:
    (book,) = await desk.library.books()
    (fault,) = await ended(desk.compare(book, DATA + b"    oops: 1\n"))
    assert fault.rule == "rest"
