"""What counts as the same text, and what as one word."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.characters import FAR, TAGS, fold_each, folded, folding, is_mark, may_change, separated
from rules.text import normalise, raw_tokens, tokens, written

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
    ("\u0654'\u0655дом 价\u0654abc", ["дом", "价", "abc"], "nor are several"),
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


@given(st.text("aяا\u0301\u0323\u0654\u17d2\u309a\u200d\u064b\U000e0041", max_size=8))
def test_marks_that_come_together_when_what_stood_between_is_taken_away_are_put_in_order(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text) == unicodedata.normalize("NFC", normalise(text))


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


def test_what_no_table_has_stays_as_it_is_but_for_tags() -> None:
    characters = [chr(code) for code in range(FAR, sys.maxunicode + 1)]
    others = [character for character in map(written, characters) if not TAGS.fullmatch(character)]
    assert len(characters) - len(others) == 1 + 96 + 240
    assert folded(others) == others
    assert set(map(separated, others)) <= {" ", *others}
    assert not any(map(is_mark, others))


def test_characters_become_alike_alone_and_together() -> None:
    rare = "𝐀ﬁ\U0001f3fd㍿Ａ\ua640\0一Ⓐ\U000e0041𠀀"
    assert normalise(rare) == "".join(map(normalise, rare)) == "afi株式会社aꙁ\0一a𠀀"


def test_every_character_becomes_what_stays_as_it_is() -> None:
    table = folding()
    once = [chr(code).translate(table) for code in range(FAR)]
    assert [each.translate(table) for each in once] == once


APART = st.sampled_from(
    [*"aя1かกเ価ក្က်ا🎁🇩🇪$+", "\u0301", "\u0654", "\u0e31", "'", " ", "-", "_", "\U00050000", "\t", "𠀀"]
)


@given(st.lists(APART).map("".join))
def test_a_word_begins_with_no_mark_and_nothing_but_marks_and_what_separates_is_lost(text: str) -> None:
    normalised = normalise(text)
    words = raw_tokens(normalised)
    assert not any(is_mark(word[0]) for word in words)
    is_said = [c for c in normalised if unicodedata.category(c)[0] in "LNS"]
    assert [c for c in "".join(words) if not is_mark(c) and c != "'"] == is_said
    assert tokens(normalised) == [word.replace("'", "") for word in words]


@given(st.text("ab1'$ .", max_size=12))
def test_ascii_is_cut_like_any_other_text(text: str) -> None:
    assert [*tokens(text), "я"] == tokens(f"{text} я")
    assert tokens(text) == [word.replace("'", "") for word in raw_tokens(text)]
