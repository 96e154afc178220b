"""What rules/README.md teaches is so: its books are read, its tables asked, its commands run.

A comment before a block of YAML says what it is:
    <!-- book: NAME -->   a whole book, which the commands find as a file of that name
    <!-- rest -->         the top of a book, which the fragments below stand in
    <!-- rule -->         rules
    <!-- when -->         the `when` of a rule
A table after it says what becomes of messages. Its columns: they write | when | it answers, or does it answer? | with.
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from click.testing import CliRunner

from bot.commands import main
from rules import Book, BookError, Conversation, Decision, Message, decide, load, parse
from rules.durations import read_duration
from rules.keys import KEYS
from tests.conftest import a_message
from tests.ledgers import lived
from tests.rulebooks import NOON, answer, message, phrase_book
from worker.ledger import Ledger
from worker.secret import Secret

ROOT: Final = Path(__file__).parent.parent
GUIDE: Final = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")

Row: TypeAlias = dict[str, str]  # a table's row by its columns

_MARK = r"<!-- (book|rest|rule|when)(?:: (\S+))? -->\n"
_BLOCK = re.compile(_MARK + r"```yaml\n(.*?)^```$\n?(\n\|.*?\n(?!\|))?", re.S | re.M)
_UNMARKED = re.compile(r"(?<! -->\n)^```yaml$", re.M)
_TABLE = re.compile(r"^\|.*\|\n\|[-|]+\|\n(?:^\|.*\|\n)+", re.M)


@dataclass(frozen=True)
class Block:
    """One block of YAML with what is said beside it."""

    kind: str
    name: str
    text: str
    rows: list[Row]

    @property
    def book(self) -> bytes:
        """The book that it is, or stands in."""
        if self.kind == "book":
            return self.text.encode()
        if self.kind == "rest":
            return f"{self.text}rules: [{{name: all, when: anything, reply: Hello!}}]\n".encode()
        rules = self.text
        if self.kind == "when":
            rules = "- name: it\n" + indented(self.text) + "  reply: yes\n"
        return f"{REST}rules:\n{rules}".encode()


def indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


def rows(table: str) -> list[Row]:
    head, _, *lines = table.strip().splitlines()
    names = cells(head)
    return [dict(zip(names, cells(line), strict=True)) for line in lines]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split(" |")]


def code(cell: str) -> str:
    """What stands in backticks."""
    found = re.fullmatch(r"`(.+)`", cell)
    assert found is not None, cell
    return found[1]


def blocks() -> list[Block]:
    return [Block(kind, name, text, rows(table) if table else []) for kind, name, text, table in _BLOCK.findall(GUIDE)]


def tables(first: str) -> Iterator[Row]:
    """The rows of all tables whose first column has this name."""
    for table in _TABLE.findall(GUIDE):
        if cells(table.splitlines()[0])[0] == first:
            yield from rows(table)


def question(text: str, when: str) -> tuple[Message, Conversation, datetime]:
    """A message in the circumstances that a table tells."""
    asked, conversation, now = message(text), Conversation(), NOON
    if found := re.fullmatch(r"it is (\d{4}-\d\d-\d\d \d\d:\d\d)", when):
        now = datetime.fromisoformat(f"{found[1]}+01:00")  # in winter, in Paris
    elif found := re.fullmatch(r"it is from (\+\d+)", when):
        asked = replace(asked, sender=found[1])
    elif found := re.fullmatch(r"the conversation is tagged (\w+)", when):
        conversation = Conversation(tags=frozenset([found[1]]))
    elif found := re.fullmatch(r"it comes with (?:an? )?(\w+)", when):
        asked = replace(asked, media=found[1])
    elif found := re.fullmatch(r"(\S+) answered (\w+) ago", when):
        conversation = Conversation(fired={found[1]: now - (read_duration(found[2]) or timedelta(0))})
    elif found := re.fullmatch(r"(\d) replies were sent a minute ago", when):
        conversation = Conversation(replied=(now - timedelta(minutes=1),) * int(found[1]))
    else:
        known = {
            "": {},
            "it is their first message": {},
            "it is not their first message": {"first": False},
            "it is answered an hour late": {"late": True},
        }[when]
        conversation = Conversation(first_message=known.get("first", True))
        asked = replace(asked, sent_at=now - timedelta(hours=1)) if known.get("late") else asked
    return asked, conversation, now


def decision(book: Book, row: Row) -> Decision:
    text = "" if row["they write"] == "no words" else code(row["they write"])
    return decide(book, *question(text, row.get("when", "")))


BLOCKS: Final = blocks()
REST: Final = next(block.text for block in BLOCKS if block.kind == "rest")
ROWS: Final = [(block, row) for block in BLOCKS for row in block.rows]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run: the guide's books are there."""
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        if block.kind == "book":
            (tmp_path / block.name).write_bytes(block.book)
    return tmp_path


# Blocks


def test_each_block_says_what_it_is() -> None:
    assert _UNMARKED.search(GUIDE) is None
    assert len(BLOCKS) == GUIDE.count("```yaml") == GUIDE.count("<!-- ")
    named = [block.name for block in BLOCKS if block.kind == "book"]
    assert len(set(named)) == len(named)
    assert [row for _, row in ROWS] == [*tables("they write")]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.text[:40])
def test_a_block_is_read_without_a_fault(block: Block) -> None:
    if block.name == "broken.yaml":
        with pytest.raises(BookError):
            parse(block.book, block.name)
    else:
        assert parse(block.book, block.name or "guide.yaml").rules


@pytest.mark.parametrize(("block", "row"), ROWS, ids=[row["they write"] for _, row in ROWS])
def test_a_message_gets_what_the_table_says(block: Block, row: Row) -> None:
    decided = decision(parse(block.book, "guide.yaml"), row)
    told = decided.rule if decided.reply is not None else None
    if "does it answer?" in row:
        assert ("yes" if told else "no") == row["does it answer?"]
    else:
        assert told == (None if row["it answers"] == "nothing" else code(row["it answers"]))
    if row.get("with"):
        assert decided.reply == row["with"].replace(" ⏎ ", "\n")


def test_a_shadow_says_what_it_would_have_said() -> None:
    (block,) = [block for block in BLOCKS if "mode: shadow" in block.text]
    decided = answer(parse(block.book, "guide.yaml"), "quiz")
    assert [shadow.rule for shadow in decided.shadows] == ["quiz"]


# Words


@pytest.mark.parametrize("row", [*tables("phrase")], ids=lambda row: row["phrase"])
def test_a_phrase_is_in_one_message_and_not_in_the_other(row: Row) -> None:
    quoted = code(row["phrase"]).replace("'", "''")
    book = phrase_book(quoted)
    assert answer(book, code(row["is in"])).rule == "only"
    assert answer(book, code(row["is not in"])).rule is None


def test_what_is_said_of_words_that_look_alike_holds() -> None:
    assert answer(phrase_book("agente"), "la gente").rule == "only"
    assert answer(phrase_book("agente*"), "la gente").rule is None
    for phrase, text in (("سعر", "وسعر"), ("환불", "환불해"), ("कीमत", "कीमतें")):
        assert answer(phrase_book(phrase), text).rule is None


# Mistakes


@pytest.mark.parametrize("row", [*tables("you write")], ids=lambda row: row["you write"])
def test_a_mistake_is_told_as_it_stands_there(row: Row) -> None:
    with pytest.raises(BookError) as caught:
        parse(f"{REST}rules:\n{code(row['you write'])}\n".encode(), "guide.yaml")
    assert row["you are told"] in str(caught.value)


# Commands


def sessions() -> list[tuple[str, list[str]]]:
    """Each command of the guide, with the lines that it prints."""
    found = re.findall(r"^```console\n(.*?)^```$", GUIDE, re.S | re.M)
    commands = [each for block in found for each in re.findall(r"^\$ autoreply (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)]
    return [(command, lines.splitlines()) for command, lines in commands]


def timeless(line: str) -> str:
    """The line without blanks at its end, with any time in place of the one it took, and any version of the book."""
    return re.sub(r"\b[0-9a-f]{12}\b", "version", re.sub(r"[\d.]+ ms", "- ms", line.rstrip()))


def assert_shows(printed: str, lines: list[str]) -> None:
    for line in lines:
        assert line == "..." or timeless(line) in [timeless(each) for each in ["", *printed.splitlines()]], printed


OFFLINE: Final = [(command, lines) for command, lines in sessions() if "replay" not in command]


@pytest.mark.parametrize(("command", "lines"), OFFLINE, ids=[command for command, _ in OFFLINE])
@pytest.mark.usefixtures("folder")
def test_a_command_prints_what_the_guide_shows(command: str, lines: list[str]) -> None:
    arguments = shlex.split(command.partition(" > ")[0])
    printed = CliRunner().invoke(main, arguments).output
    assert "No such" not in printed
    assert_shows(printed, lines)


async def test_a_replay_prints_what_the_guide_shows(folder: Path, ledger: Ledger, redis_url: Secret) -> None:
    ((command, lines),) = [each for each in sessions() if "replay" in each[0]]
    acme = load(folder / "acme.yaml")
    for number, text in enumerate(("I want my money back!!", "thanks", "where are you?", "a human please")):
        await lived(ledger, acme, a_message(text, sender=f"+3361234567{number}"))
    environment = {"AUTOREPLY_REDIS_URL": redis_url.reveal()}
    result = await asyncio.to_thread(CliRunner().invoke, main, shlex.split(command), env=environment)
    assert_shows(result.output, lines)


@pytest.mark.usefixtures("folder")
def test_the_schema_that_is_printed_is_json() -> None:
    assert json.loads(CliRunner().invoke(main, ["rules", "schema"]).output)["type"] == "object"


# Completeness


def test_each_key_of_the_language_is_in_the_table_and_shown_in_an_example() -> None:
    named = {row["where"].strip("`"): row["key"] for row in tables("where")}
    shown = "".join(block.text for block in BLOCKS) + "".join(re.findall(r"`[^`\n]+`", GUIDE))
    for place in ("the book", "a rule", "`when`", "`then`", "`examples`", "an example"):
        listed = re.findall(r"`(\w+)`", named[place.strip("`")])
        assert [word for word in listed if word != "anything"] == list(KEYS[place])
        for key in KEYS[place]:
            assert re.search(rf"\b{key}\b", shown), key


def test_what_the_guide_links_to_exists() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", GUIDE):
        assert (ROOT / "rules" / target).exists(), target


def test_every_command_that_the_guide_names_exists() -> None:
    for words in set(re.findall(r"autoreply ((?:rules )?[a-z]+)", GUIDE)):
        printed = CliRunner().invoke(main, [*words.split(), "--help"])
        assert printed.exit_code == 0, words


def test_the_guide_is_set_in_lines_that_a_reviewer_can_read() -> None:
    for line in GUIDE.splitlines():
        assert len(line) <= 130 or line.startswith(("|", "doubtful.yaml:")), line


def test_the_demanding_sentences_of_the_guide_hold() -> None:
    """Claims in its prose that no table shows."""
    night = "version: 1\ntimezone: Europe/Paris\nhours: {bar: {fri: 20:00-02:00}}\nrules:\n"
    bar = parse(f"{night}- {{name: open, when: {{during: bar}}, reply: yes}}\n".encode(), "guide.yaml")
    assert decide(bar, message("hi"), Conversation(), datetime(2026, 3, 7, 0, 30, tzinfo=UTC)).rule == "open"  # 01:30
    assert decide(bar, message("hi"), Conversation(), datetime(2026, 3, 7, 1, 30, tzinfo=UTC)).rule is None  # 02:30
    off = "version: 1\ntypos: off\nrules: [{name: refund, when: {any: [refund]}, reply: yes}]\n"
    assert answer(parse(off.encode(), "guide.yaml"), "refnud").rule is None
    both = "- {name: trial, mode: shadow, only_for: ['+33100000000'], when: anything, reply: yes}\n"
    trial = parse(f"{REST}rules:\n{both}".encode(), "guide.yaml")
    assert decide(trial, replace(message("x"), sender="+33100000000"), Conversation(), NOON).rule == "trial"
    assert answer(trial, "x").silence == "shadow"
    assert [shadow.rule for shadow in answer(trial, "x").shadows] == ["trial"]
