"""Where a phrase of the book is found in a message, across scripts, and where a typing error is forgiven."""

from __future__ import annotations

import pytest

from rules.phrases import PhraseError, compile_phrase, without
from tests.rulebooks import answer, book, phrase_book

FOUND = [
    # phrase, message, found, why
    ("hi", "hi there", True, "a word"),
    ("hi", "this", False, "a part of a word"),
    ("droid", "my android", False, "the end of a word"),
    ("order status", "Order... STATUS?", True, "punctuation between the words"),
    ("order status", "order my status", False, "a word between the words"),
    ("order status", "status order", False, "the other order"),
    ("order status", "order order status", True, "a false start"),
    ("a b a c", "a b a b a c", True, "a false start inside the phrase"),
    ("order status", "order", False, "half of it"),
    ("what's up", "whats up", True, "the apostrophe left out"),
    ("whats up", "What’s up?", True, "a curly apostrophe"),
    ("track*", "tracking", True, "a word that begins so"),
    ("track*", "track", True, "the word itself"),
    ("track*", "backtrack", False, "a word that ends so"),
    ("track* order", "tracking, order", True, "a star inside a phrase"),
    ("my track*", "my tracks", True, "a star at its end"),
    ("refund", "re\u200bfund", True, "an invisible character"),
    ("refund", "REFUND", True, "case"),
    ("c++", "c + +", True, "symbols are words"),
    ("5", "15", False, "a digit of a number"),
    ("0627", "０６２７", True, "full-width digits"),
    ("0627", "٠٦٢٧", True, "Arabic digits"),
    ("5€", "5 €", True, "a currency apart"),
    ("24/7", "24-7", True, "punctuation is punctuation"),
    ("e-mail", "e—mail", True, "dashes"),
    ("menú", "MENU", True, "Spanish, accent left out"),
    ("menu", "menú", True, "Spanish, accent added"),
    ("preço", "PRECO", True, "Portuguese"),
    ("me désabonner", "Me desabonner!", True, "French"),
    ("Öffnung", "offnung", True, "German"),
    ("strasse", "Straße", True, "German ß"),
    ("łódź", "lodz", True, "Polish"),
    ("giá bao nhiêu", "gia bao nhieu", True, "Vietnamese"),
    ("istanbul", "İSTANBUL", True, "Turkish"),
    ("oeuvre", "œuvre", True, "French œ"),
    ("τιμή", "ΤΙΜΉ;", True, "Greek"),
    ("τιμή", "τιμη", False, "Greek without its accent is another word"),
    ("πως", "ΠΩΣ", True, "the last sigma"),
    ("цена", "ЦЕНА?", True, "Russian"),
    ("мой", "мои", False, "й is not и"),
    ("заказ", "где мой заказ", True, "Russian inside a sentence"),
    ("цін*", "ціна", True, "Ukrainian with a star"),
    ("سعر", "ما هو سعر هذا؟", True, "Arabic"),
    ("سعر", "أسعار", False, "Arabic, another form of the word"),
    ("اهلا", "أهلاً", True, "alef with hamza and a vowel sign"),
    ("مرحبا", "مـرحـبـا", True, "drawn out"),
    ("سؤال", "سوال", False, "hamza on waw is another letter"),
    ("قیمت", "قیمت چنده", True, "Persian"),
    ("می\u200cخواهم", "میخواهم", True, "Persian without its half-space"),
    ("מחיר", "מה המחיר?", False, "Hebrew with its article is another word"),
    ("מחיר", "מחיר בבקשה", True, "Hebrew"),
    ("צ׳ק", "צ'ק", True, "a geresh typed as an apostrophe"),
    ("कीमत", "इसकी कीमत क्या है", True, "Hindi"),
    ("कीमत", "कीमतें", False, "Hindi plural is another word"),
    ("की", "का", False, "vowel signs distinguish"),
    ("अनीता", "अनीता जी", True, "a word that ends with a sign"),
    ("दाम*", "दामों", True, "Hindi with a star"),
    ("দাম", "দাম কত?", True, "Bengali"),
    ("দাম", "দামি", False, "Bengali, a longer word"),
    ("விலை", "விலை என்ன", True, "Tamil"),
    ("விலை", "விலைகள்", False, "Tamil plural"),
    ("价格", "请问价格多少", True, "Han inside a run"),
    ("价格", "价 格", True, "Han apart"),
    ("价格", "格价", False, "Han the other way round"),
    ("价格", "价钱", False, "half of it"),
    ("退款", "我要退款！！", True, "Han before punctuation"),
    ("返品", "商品を返品したい", True, "Japanese"),
    ("カード", "ｶｰﾄﾞで払えますか", True, "half-width kana"),
    ("は", "ば", False, "kana with a voice mark"),
    ("ありがとう", "どうもありがとうございます", True, "Hiragana"),
    ("환불", "환불 해주세요", True, "Korean"),
    ("환불", "환불해주세요", False, "Korean with an ending: write a star"),
    ("환불*", "환불해주세요", True, "Korean with a star"),
    ("ราคา", "ขอราคาหน่อย", True, "Thai inside a run"),
    ("มา", "ม้า", False, "a tone mark distinguishes"),
    ("๑๐", "10", True, "Thai digits"),
    ("ລາຄາ", "ຂໍລາຄາແດ່", True, "Lao"),
    ("តម្លៃ", "សូមសួរតម្លៃ", True, "Khmer"),
    ("ဈေး", "ဈေးဘယ်လောက်လဲ", True, "Burmese"),
    ("ဈေး", "စျေး", False, "Burmese, another letter"),
    ("🎁", "a 🎁!", True, "an emoji"),
    ("🎁", "🎁🎁🎁", True, "one of several"),
    ("🎁", "gift", False, "an emoji is no word"),
    ("👍", "👍🏿", True, "a skin tone"),
    ("❤", "❤️", True, "an emoji drawn in colour"),
    ("1", "1️⃣", True, "a keycap"),
    ("👨‍👩‍👧", "👨👩👧", True, "a family is its people"),
    ("hi 🎁", "hi🎁", True, "an emoji beside a word"),
    ("abc价格", "abc 价格", True, "scripts beside each other"),
]


@pytest.mark.parametrize(("phrase", "text", "found", "why"), FOUND, ids=[f"{p}-{why}" for p, _, _, why in FOUND])
def test_a_phrase_is_found_as_whole_words(phrase: str, text: str, found: bool, why: str) -> None:
    of = book(f'- name: only\n  when: {{any: ["{phrase}"]}}\n  reply: yes', top="typos: off")
    assert (answer(of, text).rule == "only") == found, why


TYPOS = [
    ("refund", "refnud", True, "neighbours swapped"),
    ("refund", "refunds", True, "a letter more"),
    ("refund", "refun", True, "a letter less"),
    ("refund", "rebund", True, "another letter"),
    ("refund", "rebunds", False, "two edits of six letters"),
    ("order", "oder", True, "five letters"),
    ("card", "crad", False, "four letters forgive nothing"),
    ("delivery", "delviery", True, "eight letters"),
    ("delivery", "delivry", True, "eight letters, one less"),
    ("delivery", "dlivry", True, "eight letters, two edits"),
    ("delivery", "dlvry", False, "eight letters, three edits"),
    ("order42", "oder42", False, "a word with a digit"),
    ("refund", "refun4", False, "a digit is not a typing error"),
    ("track*", "trakc", False, "a word with a star"),
    ("order", "оrder", False, "a Cyrillic о in a Latin word"),
    ("заказ", "закас", True, "Russian"),
    ("कीमत", "कामत", False, "four code points, three letters"),
    ("opening hours", "opning huors", True, "each word forgives its own"),
    ("opening hours", "opning my hours", False, "but not a word between"),
]


@pytest.mark.parametrize(("phrase", "text", "found", "why"), TYPOS, ids=[why for _, _, _, why in TYPOS])
def test_a_typing_error_is_forgiven_within_bounds(phrase: str, text: str, found: bool, why: str) -> None:
    assert (answer(phrase_book(phrase), text).rule == "only") == found, why


@pytest.mark.parametrize(("kind", "forgives"), [("any", True), ("all", True), ("starts", True), ("exact", False)])
def test_an_exact_phrase_forgives_nothing(kind: str, forgives: bool) -> None:
    assert (answer(phrase_book("refund", kind), "refnud").rule == "only") == forgives


def test_none_forgives_typing_errors_too() -> None:
    of = book("- name: only\n  when: {any: [money], none: [policy]}\n  reply: yes")
    decision = answer(of, "money polciy")
    assert decision.rule is None
    assert decision.trace[0].because == 'none: "policy" from "polciy" occurs'


def test_nobody_opts_out_by_a_typing_error() -> None:
    rule = "- name: out\n  when: {{starts: [unsubscribe]}}\n  reply: bye\n  then: {}"
    for action in ("opt_out", "opt_in", "[opt_out, {hand_off: 1h}]"):
        assert answer(book(rule.format(action)), "unsubscrbe").rule is None
    assert answer(book(rule.format("{hand_off: 1h}")), "unsubscrbe").rule == "out"


@pytest.mark.parametrize("other", ["any: [border]", "exact: [border]", "none: [the border]", "starts: ['bord*']"])
def test_a_word_of_another_rule_is_no_typing_error(other: str) -> None:
    first = "- name: first\n  when: {any: [order]}\n  reply: order"
    assert answer(book(first), "border").rule == "first"
    of = book(f"{first}\n- name: second\n  when: {{{other}}}\n  reply: border")
    assert answer(of, "border").rule != "first"


def test_a_word_of_the_same_rule_may_be_a_typing_error() -> None:
    of = book("- name: only\n  when: {all: [order], any: [border]}\n  reply: yes")
    assert answer(of, "border").rule == "only"


def test_a_phrase_letter_by_letter_goes_before_one_that_is_nearly_there() -> None:
    of = book("- name: only\n  when: {any: [refund, price]}\n  reply: yes")
    decision = answer(of, "refnud price")
    assert decision.matched.phrase == "price"
    assert decision.matched.words == ("price",)


def test_typing_errors_can_be_turned_off() -> None:
    of = book("- name: only\n  when: {any: [refund]}\n  reply: yes", top="typos: off")
    assert answer(of, "refnud").rule is None


WORDS = [
    ("order status", "my Order... STATUS?", ("Order", "STATUS"), "as they were written"),
    ("价格", "请问价格多少", ("价格",), "a run stays a run"),
    ("whats", "What’s", ("What’s",), "with its apostrophe"),
    ("refund", "REFNUD!", ("REFNUD",), "the typing error itself"),
    ("👍", "ok 👍🏽", ("👍🏽",), "with its skin tone"),
    ("5", "５", ("５",), "with its width"),
    ("1 2", "½", ("½",), "several words of one character"),
    ("refund", "re\u200bfund", ("re\u200bfund",), "with what cannot be seen"),
    ("cafe", "\u0301Café", ("Café",), "after a mark without a letter"),
    ("각", "\u1100\u200b\u1161\u11a8", ("각",), "folded, where folding crosses the borders of characters"),
]


@pytest.mark.parametrize(("phrase", "text", "words", "why"), WORDS, ids=[why for *_, why in WORDS])
def test_the_words_are_reported_as_the_message_has_them(
    phrase: str, text: str, words: tuple[str, ...], why: str
) -> None:
    assert answer(phrase_book(phrase), text).matched.words == words, why


@pytest.mark.parametrize("phrase", ["", "?!", "*", "a * b", "*a", "a*b", "a**", "{list}", "a}", "a, \u0301*", "'*"])
def test_a_phrase_that_cannot_mean_anything_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrase(phrase, typos=True)


@pytest.mark.parametrize("phrase", ["की*", "🎁*", "a* b*", "(track*)", "track＊"])
def test_a_star_stands_at_the_end_of_a_word_of_any_script(phrase: str) -> None:
    assert any(word.prefix for word in compile_phrase(phrase, typos=True).words)


def test_the_longest_skip_phrase_is_dropped_first() -> None:
    assert without([("por",), ("por", "favor")], ["stop", "por", "favor", "por"]) == [0]
