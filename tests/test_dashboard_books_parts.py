"""The parts of which the dashboard's pages about books are made: what a form holds, and a book's lines with notes."""

from __future__ import annotations

import pytest

from bot.dashboard.rules.lines import MOST_NOTED, noted
from bot.dashboard.rules.posted import asked_of, book_of
from rules import Fault
from worker.bookwork.checking import check_book
from worker.bookwork.playground import Asked

UNIX = b"version: 1\nname: caf\xc3\xa9\n\nrules: []\n"


@pytest.mark.parametrize("began", [UNIX, UNIX.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + UNIX, UNIX.rstrip(b"\n")])
def test_a_book_that_went_through_a_form_has_its_bytes_again(began: bytes) -> None:
    form = began.decode("utf-8-sig").replace("\r\n", "\n").replace("\n", "\r\n")
    assert book_of(form, began) == began
    changed = book_of(form.replace("[]", "[ ]"), began)
    assert changed == began.replace(b"[]", b"[ ]")


def test_a_book_of_mixed_line_breaks_is_itself_while_nothing_is_changed() -> None:
    began = b"version: 1\r\nname: a\nrules: []\r\n"
    assert book_of("version: 1\r\nname: a\r\nrules: []\r\n", began) == began


def test_a_message_of_a_form_has_its_circumstances() -> None:
    fields = {"text": " hi ", "at": "mon 09:00", "from": "+336", "tags": "vip, ,new ", "media": "image"}
    assert asked_of(fields | {"conversation": "later"}) == Asked(
        " hi ", "mon 09:00", "+336", ("vip", "new"), first_message=False, media="image"
    )
    assert asked_of({"text": "x" * 9999, "media": "magic"}) == Asked("x" * 4096)


def test_faults_stand_in_their_lines_with_the_lines_around() -> None:
    rule = b"  - name: a\n    when: anything\n    reply: b\n    oops: 1\n"
    data = b"version: 1\nrules:\n" + rule + b"# c\n" * 20 + b"x: 1\n"
    lines = noted(data, check_book(data, "b").faults, ())
    assert [line.number for line in lines] == [4, 5, 6, 7, 8, 25, 26, 27, 28]
    assert [line.number for line in lines if line.after_gap] == [25]
    (fault,) = lines[2].notes
    assert (lines[2].text, fault.kind, fault.rule, fault.problem) == ("    oops: 1", "fault", "a", "unknown key `oops`")


def test_a_warning_stands_at_its_rule_and_a_place_behind_the_end_in_the_last_line() -> None:
    data = b"version: 1\nrules:\n  - name: a\n    when: {any: [b]}\n    reply: b\n"
    lines = noted(data, [Fault("b", 99, 1, None, "gone", "write it")], check_book(data, "b").doubts)
    kinds = {line.number: [note.kind for note in line.notes] for line in lines if line.notes}
    assert kinds[6] == ["fault"]
    assert set(kinds[3]) == {"warning"}


def test_of_very_many_faults_the_first_lines_are_shown() -> None:
    faults = [Fault("b", number * 10, 1, None, "odd", "mend it") for number in range(1, 1000)]
    lines = noted(b"x\n" * 10_000, faults, ())
    assert sum(bool(line.notes) for line in lines) == MOST_NOTED
    assert noted(b"x\n", (), ()) == []
