"""What counts as the same text, and what as one word."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.characters import Table, fold_each, folded, may_change, separated
from rules.text import normalise, prepare, tokens, written

FOLDS = [
    # written, folded, why
    ("REFUND", "refund", "case"),
    ("Straße", "strasse", "case folding writes ß out"),
    ("Café", "cafe", "accents of Latin letters"),
    ("Cafe\u0301", "cafe", "an accent that stands by itself"),
    ("PREÇO", "preco", "a cedilla"),
    ("Łódź", "lodz", "strokes are no marks to Unicode"),
    ("Smørrebrød", "smorrebrod", "a stroke through o"),
    ("ŒUVRE Æ", "oeuvre ae", "two letters in one"),
    ("İstanbul ısı", "istanbul isi", "both Turkish i"),
    ("tiếng Việt", "tieng viet", "two marks on one letter"),
    ("ｒｅｆｕｎｄ １２", "refund 12", "full width"),
    ("ﬁnd", "find", "a ligature"),
    ("٣٤ ४५ ๖", "34 45 6", "digits of other scripts"),
    ("what’s", "what's", "a curly apostrophe"),
    ("what´s what`s", "what's what's", "accents used as apostrophes"),
    ("e–mail", "e-mail", "dashes"),
    ("5 − 3", "5 - 3", "a minus sign is a dash, not a symbol"),
    ("½", "1/2", "a fraction"),
    ("re\u200bfund", "refund", "a zero-width space"),
    ("re\u00adfund", "refund", "a soft hyphen"),
    ("\u202brefund\u202c", "refund", "signs of writing direction"),
    ("\ufeffrefund", "refund", "a byte order mark"),
    ("❤️", "❤", "a variation selector"),
    ("👍🏽", "👍", "a skin tone"),
    ("1️⃣", "1", "a keycap"),
    ("مَرْحَبًا", "مرحبا", "Arabic vowel signs"),
    ("مـــرحبا", "مرحبا", "an Arabic word drawn out"),
    ("أإآٱ", "اااا", "forms of alef"),
    ("سؤال", "سؤال", "a hamza on another letter stays"),
    ("ΣΊΣΥΦΟΣ", "σισυφοσ", "both Greek sigmas, without the accent"),
    ("Ёж", "еж", "ё is mostly written е"),
    ("की", "की", "Hindi vowel signs stay"),
    ("ｶﾞ", "ガ", "half-width kana"),
    ("\ud83d\ude00", "😀", "two halves of one character"),
]


@pytest.mark.parametrize(("text", "folded", "why"), FOLDS, ids=[why for _, _, why in FOLDS])
def test_what_people_do_not_mean_to_distinguish_is_folded(text: str, folded: str, why: str) -> None:
    assert normalise(text) == folded, why


TOKENS = [
    ("Order... STATUS?", ["order", "status"], "punctuation separates"),
    ("order_status e-mail", ["order", "status", "e", "mail"], "so do underscores and hyphens"),
    ("what's 'quoted' l’heure", ["whats", "quoted", "lheure"], "an apostrophe joins inside a word only"),
    ("a''b", ["a", "b"], "two apostrophes are a quotation"),
    ("hi🎁you 🎁🎁", ["hi", "🎁", "you", "🎁", "🎁"], "a symbol is a word"),
    ("$5 + 3€", ["$", "5", "+", "3", "€"], "so is a currency"),
    ("कीमत की", ["कीमत", "की"], "marks belong to their letters"),
    ("请问价格", ["请", "问", "价", "格"], "Han"),
    ("abc价格x5", ["abc", "价", "格", "x5"], "Han beside Latin"),
    ("カード", ["カ", "ー", "ド"], "kana with a long vowel"),
    ("ที่ดี", ["ที่", "ดี"], "Thai characters keep their marks"),
    ("เแก ก'ก", ["เแก", "ก", "ก"], "vowels that stand in front belong to what follows; between words nothing joins"),
    ("ក្ករ ក្r", ["ក្ក", "រ", "ក្", "r"], "Khmer letters that stack"),
    ("🇩🇪🇫🇷🇮 🇩a", ["🇩🇪", "🇫🇷", "🇮", "🇩", "a"], "flags are words of two letters"),
    ("a'b价'c'd", ["ab", "价", "cd"], "apostrophes beside Han"),
    ("한국어 문의", ["한국어", "문의"], "Korean has spaces"),
    ("\u0301abc", ["abc"], "a mark without a letter is nothing"),
    ("¿\u0301!", [], "a mark on punctuation neither"),
    ("... !?", [], "punctuation alone"),
    ("", [], "nothing"),
]


@pytest.mark.parametrize(("text", "words", "why"), TOKENS, ids=[why for _, _, why in TOKENS])
def test_a_text_is_cut_into_words(text: str, words: list[str], why: str) -> None:
    assert tokens(normalise(text)) == words, why


@given(st.text(st.characters()))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_folding_twice_changes_nothing_for_any_character_beside_a_mark() -> None:
    for code in range(0, 0x20000, 7):
        text = chr(code) + "\u0301" + chr(code)
        assert normalise(normalise(text)) == normalise(text), hex(code)


def test_of_a_tower_of_marks_thirty_stay_wherever_it_stands() -> None:
    for before in range(31):
        text = "я" * before + "\u0301" * 100 + "ю" + "\u0301" * 31
        assert written(text) == "я" * before + "\u0301" * 30 + "ю" + "\u0301" * 30


def test_half_a_character_is_replaced() -> None:
    assert written("a\ud800b") == "a\ufffdb"


def test_a_character_that_is_not_looked_at_closely_would_not_have_changed() -> None:
    characters = [chr(code) for code in range(1, sys.maxunicode + 1)]
    closely = set(may_change(characters))
    assert len(closely) < 20_000
    passed_over = [character for character in characters if character not in closely]
    assert fold_each(passed_over) == passed_over


@pytest.mark.parametrize(("first", "last"), [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x20000, 0x2A6DF)])
def test_han_and_hangul_that_no_table_knows_are_letters_that_stay(first: int, last: int) -> None:
    letters = [chr(code) for code in range(first, last + 1)]
    assert folded(letters) == letters
    assert separated(letters) == letters


def test_a_character_becomes_the_same_whatever_was_met_before_and_with_it() -> None:
    rare = "𝐀ﬁ\U0001f3fd㍿Ａ\ua640\0一Ⓐ"
    alone, together = Table(folded, nul="\0"), Table(folded, nul="\0")
    assert together.translate(rare) == "".join(map(alone.translate, rare)) == "afi株式会社aꙁ\0一a"


def test_threads_that_meet_new_characters_at_once_fold_them_alike() -> None:
    text = "".join(map(chr, range(0x1D400, 0x1D7FF)))
    table = Table(folded, nul="\0")
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(table.translate, [text] * 64)) == {"".join(folded(text))}


def test_what_is_learnt_beforehand_is_what_would_be_learnt_anyway() -> None:
    characters = [chr(code) for code in range(0x20, 0x3000)]
    before = [normalise(each) for each in characters]
    prepare.__wrapped__()
    assert [normalise(each) for each in characters] == before
