"""What customers wrote without who they are: for those who may not read it, and for examples in a book."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.masking import anonymous, counting, hidden, word_of, words_in, zeros
from tests.rulebooks import book

KNOWN = frozenset(words_in("where is my order please hola quiero mi pedido मेरा ऑर्डर 价格 hello refund what's"))

HIDDEN = [
    ("Where is my order 48213, Anna?", "Where is my order 00000, Xxxx?"),
    ("WHAT'S my ordér", "WHAT'S my ordér"),  # as the rules compare them
    ("call +33 6 12 34 56 78", "xxxx +00 0 00 00 00 00"),
    ("mail anna@example.com", "xxxx xxxx@xxxxxxx.xxx"),
    ("मेरा ऑर्डर प्रिया", "मेरा ऑर्डर xxx"),
    ("价格 王伟", "价格 xx"),
    ("order٤٢", "xxxxx00"),
    ("Ⅷ ½ ²", "0 0 0"),
    ("🙂 order!", "🙂 order!"),
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_of_words_only_those_stay_that_tell_nothing_about_one_person(text: str, shown: str) -> None:
    assert hidden(text, KNOWN) == shown


@given(st.text())
def test_nothing_unknown_is_ever_left(text: str) -> None:
    shown = hidden(text, ())
    assert not re.search(r"[1-9]", zeros(shown).replace("0", ""))
    assert set(filter(str.isalpha, shown)) <= {"x", "X"}
    assert hidden(shown, ()) == shown


ANONYMOUS = [
    (
        "Hi, my name is Anna Schmidt and my order 48213 is late",
        "Hi, my name is Xxxx Xxxxxxx and my order 12345 is late",
    ),
    ("hello my name is anna", "hello my name is xxxx"),
    ("je m'appelle Zoë, où est ma commande", "je m'appelle Xxx, où est ma commande"),
    ("me llamo josé y quiero mi pedido", "me llamo xxxx y quiero mi pedido"),
    ("मेरा नाम प्रिया है", "मेरा नाम xxx है"),
    ("is Maria there? I want to talk to her", "is Xxxxx there? I want to talk to her"),
    ("this is my order", "this is my order"),
    ("Where Is My Parcel", "Where Is My Parcel"),  # so is everything written: no word stands out
    ("WHERE IS MY PARCEL", "WHERE IS MY PARCEL"),
    ("Please. Send it", "Please. Send it"),
    (
        "see https://example.com/u/anna or write to anna@example.com",
        "see xxxxx://xxxxxxx.xxx/x/xxxx or write to xxxx@xxxxxxx.xxx",
    ),
    ("follow @anna.s on instagram", "follow @xxxx.x on instagram"),
    ("a refund for Order 99", "a refund for Order 12"),
]


@pytest.mark.parametrize(("text", "shown"), ANONYMOUS)
def test_an_example_tells_neither_numbers_nor_names_nor_addresses(text: str, shown: str) -> None:
    assert anonymous(text, KNOWN) == shown


def test_figures_count_up() -> None:
    assert counting("order 48213 of 2025") == "order 12345 of 1234"
    assert counting("9" * 23) == "12345678901234567890123"


def test_a_book_knows_its_own_words() -> None:
    of = book("- {name: a, when: {any: [where is my parcel, 'track*', 价格]}, reply: b}").vocabulary
    assert [word in of for word in ("parcel", "tracking", "anna", "价")] == [True, True, False, True]
    assert word_of("Pärcel") in of
