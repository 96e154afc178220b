"""`autoreply rules check` and `autoreply rules try`, as people and scripts use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.rules import rules

BOOK = """version: 1
rules:
- name: refund
  when: {any: [refund]}
  reply: [What is the order number?, Which order is it?]
  then: {hand_off: 4h}
  examples: {matches: refund}
- name: quiet
  when: {exact: [bye]}
  then: opt_out
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A good book."""
    path = tmp_path / "shop.yaml"
    path.write_text(BOOK)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A book with two faults."""
    path = tmp_path / "bad.yaml"
    path.write_text("version: 2\nrules:\n- {name: a, when: {keyword: b}, reply: c}\n")
    return path


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    """The command's result."""
    return CliRunner().invoke(rules, [str(argument) for argument in arguments], input=stdin)


def test_a_good_book_is_one_line(book: Path) -> None:
    result = run("check", book)
    assert (result.exit_code, result.output) == (0, f"{book}: 2 rules, 1 example, no faults\n")


def test_each_fault_is_a_line_and_the_good_book_is_still_told(book: Path, bad: Path) -> None:
    result = run("check", bad, book)
    assert result.exit_code == 1
    assert result.stdout == f"{book}: 2 rules, 1 example, no faults\n"
    assert result.stderr.splitlines() == [
        f"{bad}:1:10: this version of the language is not known; write `version: 1`",
        f'{bad}:3:20: rule "a": unknown key `keyword`; did you mean `any`?',
    ]


def test_faults_for_a_machine(book: Path, bad: Path) -> None:
    result = run("check", "--json", book, bad)
    assert result.exit_code == 1
    good, broken = json.loads(result.stdout)
    assert good == {"book": str(book), "rules": 2, "examples": 1, "faults": []}
    assert broken["book"] == str(bad)
    assert broken["faults"][1] == {
        "file": str(bad),
        "line": 3,
        "column": 20,
        "rule": "a",
        "problem": "unknown key `keyword`",
        "advice": "did you mean `any`?",
    }


@pytest.mark.parametrize("command", ["check", "try"])
def test_a_missing_file_is_a_mistake_of_usage(command: str, tmp_path: Path) -> None:
    result = run(command, tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


@pytest.mark.parametrize("command", ["check", "try"])
def test_no_file_is_a_mistake_of_usage(command: str) -> None:
    assert run(command).exit_code == 2


def test_a_try_shows_the_reply_and_why(book: Path) -> None:
    result = run("try", book, "my Refnud [bold]")
    assert result.exit_code == 0
    reply, blank, *rest = result.output.splitlines()
    assert reply in ("What is the order number?", "Which order is it?")
    assert not blank
    assert rest == [
        "rule     refund",
        'because  any: "refund" from "Refnud"',
        "words    Refnud",
        'then     {"hand_off": "4h"}',
        'refund  answers      any: "refund" from "Refnud"',
        'quiet   not reached  "refund" above it answers',
        "",
    ]


def test_the_same_text_gets_the_same_variant(book: Path) -> None:
    assert run("try", book, "refund").output == run("try", book, "refund").output


def test_silence_is_said_and_no_mistake(book: Path) -> None:
    result = run("try", book, "hello")
    assert result.exit_code == 0
    assert result.output.startswith("(silence: no rule answers)\n")
    assert run("try", book, "bye").output.startswith("(silence: the rule has no reply)\n")


def test_a_decision_for_a_machine(book: Path) -> None:
    result = run("try", book, "REFUND", "--json")
    decision = json.loads(result.stdout)
    assert list(decision) == ["rule", "reply", "matched", "actions", "placeholders", "trace"]
    assert decision["matched"] == {"phrase": "refund", "words": ["REFUND"]}
    assert decision["actions"] == [{"hand_off": "4h"}]


def test_without_a_text_each_line_is_a_message(book: Path) -> None:
    result = run("try", book, "--json", stdin="refund\n\nhello\n")
    assert [json.loads(line)["rule"] for line in result.stdout.splitlines()] == ["refund", None]


def test_a_book_with_faults_is_not_tried(bad: Path) -> None:
    result = run("try", bad, "b")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 2


@pytest.mark.parametrize("command", [(), ("check",), ("try",)])
def test_help_teaches(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert not command or f"$ autoreply rules {command[0]}" in result.output
