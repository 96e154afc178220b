"""The books that are shipped are such as we tell others to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import Action, load
from tests.rulebooks import answer

BOOKS = sorted((Path(__file__).parents[1] / "rules" / "books").glob("*.yaml"))
SUPPORT = load(next(path for path in BOOKS if path.name == "support.yaml"))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_shipped_book_has_no_faults_and_each_rule_has_examples(path: Path) -> None:
    for rule in load(path).rules:
        assert rule.examples.matches, rule.name
        assert rule.examples.ignores, rule.name


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_shipped_book_opens_by_explaining_itself(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_the_probe_of_whatsapp_finds_a_person() -> None:
    probe = (
        "Hello, this message is from WhatsApp - we are initiating this conversation to understand the quality of "
        "your bot experience"
    )
    decision = answer(SUPPORT, probe)
    assert [action.name for action in decision.actions] == ["hand_off"]


def test_what_the_fallback_advises_leads_to_a_person() -> None:
    fallback = answer(SUPPORT, "qwertz")
    assert fallback.rule == "fallback"
    assert fallback.reply is not None
    assert '"human"' in fallback.reply
    assert answer(SUPPORT, "human").rule == "human"


@pytest.mark.parametrize("word", ["stop", "Stop.", "UNSUBSCRIBE", "please stop", "opt out"])
def test_opting_out_needs_the_whole_message(word: str) -> None:
    assert answer(SUPPORT, word).actions == (Action("opt_out"),)
    assert answer(SUPPORT, f"{word} sending me the wrong size").rule != "opt-out"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("hello", "greeting"),
        ("Good evening!", "greeting"),
        ("where's my parcel?", "delivery"),
        ("when are you open", "hours"),
        ("can I get a refund for order 12345", "order-number"),
        ("how much are the shoes", "price"),
        ("thx", "thanks"),
        ("start", "opt-in"),
        ("I wnat my monye back, refnud", "refund"),
    ],
)
def test_an_everyday_message_finds_its_rule(text: str, rule: str) -> None:
    assert answer(SUPPORT, text).rule == rule
