"""The books that are shipped are such as we tell others to write, each in its own language."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.conversation import STORY, examples
from rules import Action, Book, Conversation, decide, load, parse
from rules.examples import run_examples
from rules.replies import LONGEST_REPLY
from rules.warnings import doubts
from tests.rulebooks import answer, message

FOLDER = Path(__file__).parents[1] / "rules" / "books"
PATHS = {path.name.removesuffix(".yaml").removeprefix("support").lstrip(".") or "en": path for path in FOLDER.iterdir()}
BOOKS = {language: load(path) for language, path in sorted(PATHS.items())}

CORE = {
    *("opt-out", "opt-in", "closed", "human", "order-number", "refund", "returns", "delivery", "hours", "address"),
    *("payment", "price", "thanks", "greeting", "hello-again", "not-understood", "fallback"),
}
PROBE = (
    "Hello, this message is from WhatsApp - we are initiating this conversation to understand the quality of your "
    "bot experience"
)
PROBES = {
    "en": "Hi, this is a message from WhatsApp. We want to understand the quality of your bot.",
    "fr": "Bonjour, ce message vient de WhatsApp. Nous souhaitons comprendre la qualité de votre bot.",
    "es": "Hola, este mensaje es de WhatsApp: queremos conocer la calidad de su bot",
    "pt": "Olá, esta mensagem é do WhatsApp, queremos entender a qualidade do seu bot",
    "de": "Guten Tag, diese Nachricht kommt von WhatsApp. Wir möchten die Qualität Ihres Bots verstehen.",
    "hi": "नमस्ते, यह मैसेज WhatsApp से है, हम आपके बॉट की गुणवत्ता समझना चाहते हैं",
    "ar": "مرحبا، هذه الرسالة من WhatsApp، نود أن نفهم جودة تجربة الروبوت لديكم",
}
ADVISED = {
    "en": "human",
    "fr": "conseiller",
    "es": "asesor",
    "pt": "atendente",
    "de": "Mensch",
    "hi": "एजेंट",
    "ar": "موظف",
}
LEAVING = {
    "en": ["stop", "Stop.", "UNSUBSCRIBE", "please stop", "opt out", "unsubscribe me", "please unsubscribe me"],
    "fr": ["STOP", "Désabonner", "arretez svp", "Désabonnez-moi svp", "je veux me desabonner", "Me désinscrire !"],
    "es": [
        "STOP",
        "baja",
        "PARAR",
        "denme de baja",
        "desuscribirme por favor",
        "Darme de baja por favor",
        "NO MÁS MENSAJES",
    ],
    "pt": ["STOP", "sair", "PARE", "descadastre-me", "Descadastrar 🙏", "não quero mais mensagens"],
    "de": ["STOP", "Stopp!!", "abmelden bitte", "Ich möchte mich bitte abmelden", "Keine Nachrichten"],
    "hi": ["STOP", "बंद करो", "मैसेज बंद करें जी", "band karo plz", "please unsubscribe me", "unsubscribe karo"],
    "ar": ["STOP", "إلغاء الاشتراك", "الغاء الإشتراك لو سمحت", "ايقاف", "الغوا اشتراكي"],
}
BACK = {"en": "START", "fr": "START", "es": "ALTA", "pt": "VOLTAR", "de": "START", "hi": "START", "ar": "ابدأ"}
# When nobody is there in any of the shops: Friday evening in Mexico, Saturday morning in India.
CLOSED = datetime(2026, 3, 7, 1, 30, tzinfo=UTC)
OPENS = {
    "en": ("is anybody there?", "open again today at 10:00."),
    "fr": ("y a quelqu'un ?", "rouvrons aujourd'hui à 10 h 00."),
    "es": ("¿hay alguien?", "abrimos de nuevo mañana a las 10:00."),
    "pt": ("tem alguém aí?", "abrimos de novo amanhã às 9:00."),
    "de": ("ist jemand da?", "sind heute um 10:00 Uhr wieder für Sie da."),
    "hi": ("कोई है?", "हम आज 10:00 बजे फिर खुलेंगे।"),
    "ar": ("في حد؟", "نفتح مجددًا غدًا الساعة 9:00."),
}
EVERYDAY = {
    "en": [
        ("hello", "greeting"),
        ("Good evening!", "greeting"),
        ("where's my parcel?", "delivery"),
        ("My order still hasn't arrived...", "delivery"),
        ("can i track it", "delivery"),
        ("when are you open", "hours"),
        ("can I get a refund for order 12345", "order-number"),
        ("10442", "order-number"),
        ("how much are the shoes", "price"),
        ("any discount code?", "price"),
        ("thx", "thanks"),
        ("start", "opt-in"),
        ("I wnat my monye back, refnud", "refund"),
        ("the zip is broken 😭", "returns"),
        ("can I exchnage it for a M", "returns"),
        ("do u take credit card", "payment"),
        ("could you send me a receipt", "payment"),
        ("where is your store??", "address"),
        ("i want to speak to a person NOW", "human"),
        ("I'd like to make a complaint", "human"),
        ("are you a bot", "human"),
        ("it's raining here", "fallback"),
    ],
    "fr": [
        ("Bonsoir", "greeting"),
        ("slt", "greeting"),
        ("ou est ma commande", "delivery"),
        ("Mon colis n'est toujours pas arrivé...", "delivery"),
        ("quand vais-je recevoir mes chaussures", "delivery"),
        ("commande 55120", "order-number"),
        ("Je souhaite un remboursment", "refund"),
        ("le pull est trop grand", "returns"),
        ("je voudrais retourner un article", "returns"),
        ("Vous êtes ouverts demain ?", "hours"),
        ("la boutique, elle se trouve où ? où se trouve la boutique", "address"),
        ("On peut payer par chèque ?", "payment"),
        ("je n'ai pas reçu la facture", "delivery"),
        ("combien coûte la lampe", "price"),
        ("Un grand merci 🙏", "thanks"),
        ("ok", "thanks"),
        ("je veux parler à quelqu'un", "human"),
        ("Bonjour, je m'appelle Marie", "fallback"),
        ("chaque soir il s'éteint", "fallback"),
        ("ils sont jolis", "fallback"),
    ],
    "es": [
        ("Buenas tardes", "greeting"),
        ("holaa", "greeting"),
        ("donde esta mi paquete", "delivery"),
        ("aún no llega mi compra", "delivery"),
        ("me dan el número de guía?", "delivery"),
        ("pedido 99120", "order-number"),
        ("Quiero que me devuelvan mi dinero", "refund"),
        ("me queda grande, quiero hacer un cambio", "returns"),
        ("debolucion", "returns"),
        ("a qué hora abren mañana", "hours"),
        ("¿Cuál es la dirección?", "address"),
        ("se puede pagar en efectivo", "payment"),
        ("aceptan targeta", "payment"),
        ("qué precio tiene", "price"),
        ("cuanto sale el envio", "delivery"),
        ("Mil gracias!!", "thanks"),
        ("quiero poner una queja", "human"),
        ("eres un bot?", "human"),
        ("la gente dice cosas", "fallback"),
        ("encantado de conocerlos", "fallback"),
        ("pueden resolver mi duda", "fallback"),
    ],
    "pt": [
        ("boa noite", "greeting"),
        ("Oi, tudo bem?", "greeting"),
        ("cade minha encomenda", "delivery"),
        ("Meu pedido ainda não chegou!!", "delivery"),
        ("qual o código de rastreio", "delivery"),
        ("pedido nº 33412", "order-number"),
        ("quero meu dinheiro de volta", "refund"),
        ("o sapato não serviu", "returns"),
        ("como faço pra trocar", "returns"),
        ("que horas vocês fecham", "hours"),
        ("onde vcs ficam?", "address"),
        ("aceita cartão de crédito?", "payment"),
        ("paguei o boleto ontem", "payment"),
        ("quanto é o frete", "price"),
        ("preco?", "price"),
        ("obg", "thanks"),
        ("quero falar com alguem", "human"),
        ("tem em preto?", "fallback"),
        ("acredito que sim", "fallback"),
        ("vocês recomendam qual?", "fallback"),
        ("quantos quartos tem", "fallback"),
    ],
    "de": [
        ("Guten Abend", "greeting"),
        ("moin", "greeting"),
        ("wo bleibt mein packet", "delivery"),
        ("Die Ware ist noch nicht da", "delivery"),
        ("Habt ihr meine Bestellung schon verschickt?", "delivery"),
        ("Bestellung Nr. 88123", "order-number"),
        ("ich möchte mein geld zurück", "refund"),
        ("die jacke passt nicht", "returns"),
        ("Ich will das zurueckschicken", "returns"),
        ("wann macht ihr auf", "hours"),
        ("Öffnungzeiten?", "hours"),
        ("Wie ist Ihre Adresse?", "address"),
        ("kann ich in Raten zahlen", "payment"),
        ("Bitte die Rechnung nochmal", "payment"),
        ("wieviel kostet das", "price"),
        ("habt ihr einen rabatt", "price"),
        ("vielen dank!!", "thanks"),
        ("ich will mit jemandem sprechen", "human"),
        ("Das ist eine Beschwerde", "human"),
        ("ich habe es falsch verstanden", "fallback"),
        ("ich war auf einer Reise", "fallback"),
        ("kann man das wählen", "fallback"),
    ],
    "hi": [
        ("नमस्कार जी", "greeting"),
        ("hello ji", "greeting"),
        ("mera parcel kidhar hai", "delivery"),
        ("parcel kab tak milega", "delivery"),
        ("सामान अभी तक नहीं पहुँचा", "delivery"),
        ("tracking number do", "delivery"),
        ("order 44551", "order-number"),
        ("ऑर्डर नंबर ४४५५१", "order-number"),
        ("mujhe refund chahiye", "refund"),
        ("मेरा पैसा वापस करो", "refund"),
        ("ye wapas karna hai", "returns"),
        ("साइज छोटा है", "returns"),
        ("kitne baje khulti hai", "hours"),
        ("दुकान का पता क्या है", "address"),
        ("location share kro", "address"),
        ("cash on delivery milega?", "payment"),
        ("बिल चाहिए", "payment"),
        ("kitna hai iska", "price"),
        ("इसका दाम क्या है", "price"),
        ("बहुत बहुत धन्यवाद 🙏🙏", "thanks"),
        ("kisi se baat karwao", "human"),
        ("मुझे शिकायत करनी है", "human"),
        ("यह नीला है", "fallback"),
        ("मुझे सच में पता नहीं था", "fallback"),
    ],
    "ar": [
        ("مرحباً", "greeting"),
        ("السَّلامُ عليكم", "greeting"),
        ("وين الاوردر", "delivery"),
        ("طلبي لم يصل بعد", "delivery"),
        ("امتى هيوصل", "delivery"),
        ("wen talabi", "delivery"),
        ("طلب رقم ٥٥٦٦٧", "order-number"),
        ("عايز فلوسي", "refund"),
        ("اريد استرداد المال", "refund"),
        ("القميص وصلني مكسورة أزراره", "returns"),
        ("ممكن استبدال المقاس؟", "returns"),
        ("متى تفتحون؟", "hours"),
        ("انتوا فين بالظبط", "address"),
        ("أقرب فرع؟", "address"),
        ("الدفع كاش؟", "payment"),
        ("أحتاج الفاتورة", "payment"),
        ("بكام القميص", "price"),
        ("كم الأسعار عندكم", "price"),
        ("مشكورين", "thanks"),
        ("أبغى أكلم أحد", "human"),
        ("عندي شكوى", "human"),
        ("أنا في البيت", "fallback"),
        ("لون الشعر جميل", "fallback"),
        ("ما هي المنتجات", "fallback"),
    ],
}


@pytest.fixture(params=BOOKS)
def language(request: pytest.FixtureRequest) -> str:
    """The language of each book in turn."""
    return str(request.param)


@pytest.fixture
def book(language: str) -> Book:
    """The book of this language."""
    return BOOKS[language]


def test_there_is_a_book_in_each_language_that_a_book_can_speak(language: str, book: Book) -> None:
    assert set(BOOKS) == {"en", "fr", "es", "pt", "de", "hi", "ar"}
    assert book.language.code == language


def test_a_book_opens_with_the_modeline_and_explains_itself_before_it_begins(language: str) -> None:
    modeline, blank, *lines = PATHS[language].read_text(encoding="utf-8").splitlines()
    assert modeline == "# yaml-language-server: $schema=../book.schema.json"
    assert blank == "#"
    explanation = lines[: lines.index("")]
    assert len(explanation) >= 8
    assert all(line.startswith("#") for line in explanation)
    assert any(f"autoreply rules try {PATHS[language].name}" in line for line in explanation)
    assert any("README.md" in line for line in explanation)


def test_a_book_has_all_that_a_shop_is_asked_and_examples_of_each(book: Book) -> None:
    assert {rule.name for rule in book.rules} >= CORE
    for rule in book.rules:
        assert rule.examples.matches, rule.name
        assert rule.examples.ignores, rule.name
    assert len([*run_examples(book)]) >= 45


def test_nothing_in_a_book_is_doubtful(book: Book) -> None:
    assert [str(doubt) for doubt in doubts(book)] == []


def test_a_book_needs_no_setting_of_its_own(book: Book) -> None:
    assert book.burst is None
    assert book.window_closed is None
    assert not any(rule.does("notify") for rule in book.rules)


def test_no_text_is_longer_than_whatsapp_takes_or_than_a_customer_reads(book: Book) -> None:
    for rule in book.rules:
        for reply in (*rule.replies, *rule.late_replies):
            text = "".join(part for part in reply.parts if isinstance(part, str))
            assert 0 < len(text) <= 300 < LONGEST_REPLY, rule.name


# The way to a person


def test_whatsapps_test_of_bots_finds_a_person_in_english_and_in_the_books_language(language: str, book: Book) -> None:
    for text in (PROBE, PROBES[language]):
        decision = answer(book, text)
        assert [action.name for action in decision.actions] == ["hand_off"], text
        assert decision.reply


def test_whoever_asks_for_a_person_in_english_gets_one_from_every_book(book: Book) -> None:
    asked = "human", "Agent!", "I want to talk to a human", "can i speak to a person", "a real person please"
    for text in (*asked, "customer service", "live chat", "representative"):
        assert answer(book, text).rule == "human", text


def test_what_the_fallback_advises_leads_to_a_person(language: str, book: Book) -> None:
    fallback = answer(book, "qwertz")
    assert fallback.rule == "fallback"
    assert fallback.reply is not None
    assert ADVISED[language] in fallback.reply
    for text in (ADVISED[language], f"{ADVISED[language].upper()}!", f"{ADVISED[language]} 🙏"):
        assert answer(book, text).rule == "human"


def test_who_is_not_understood_twice_gets_a_person(book: Book) -> None:
    assert answer(book, "qwertz").actions == (Action("tag", value="not-understood"),)
    again = answer(book, "qwertz", Conversation(first_message=False, tags=frozenset({"not-understood"})))
    assert again.rule == "not-understood"
    assert {action.name for action in again.actions} == {"hand_off", "untag"}


# The way out, and back


def test_opting_out_needs_the_whole_message(language: str, book: Book) -> None:
    for word in LEAVING[language]:
        assert answer(book, word).actions == (Action("opt_out"),), word
        assert answer(book, f"{word} 12 cm x").rule != "opt-out"


def test_who_has_opted_out_hears_nothing_until_they_write_what_they_were_told(language: str, book: Book) -> None:
    goodbye = answer(book, "stop").reply
    assert goodbye is not None
    assert BACK[language] in goodbye
    out = Conversation(first_message=False, opted_out=True)
    assert answer(book, ADVISED[language], out).silence == "opted_out"
    assert answer(book, BACK[language], out).actions == (Action("opt_in"),)
    assert answer(book, "start", out).actions == (Action("opt_in"),)


# Times


def test_who_expects_somebody_outside_the_hours_hears_when_it_opens(language: str, book: Book) -> None:
    text, opens = OPENS[language]
    decision = decide(book, message(text), Conversation(), CLOSED)
    assert decision.rule == "closed"
    assert decision.reply is not None
    assert opens in decision.reply


def test_a_closed_shop_says_so_once_and_then_gives_the_person(language: str, book: Book) -> None:
    said = Conversation(first_message=False, fired={"closed": CLOSED})
    assert decide(book, message(OPENS[language][0]), said, CLOSED).rule == "human"


def test_the_hours_are_told_in_the_books_language(book: Book) -> None:
    for rule in ("human", "hours"):
        told = next(each for each in book.rules if each.name == rule).replies[0].names
        assert "hours" in told


def test_the_first_hello_is_answered_with_an_introduction_and_a_later_one_shortly(book: Book) -> None:
    first = answer(book, "hello" if book.language.code != "pt" else "oi")
    if first.rule == "fallback":  # not every language says it
        first = answer(book, "👋")
    assert first.rule == "greeting"
    assert answer(book, "👋", Conversation(first_message=False)).rule == "hello-again"


# Everyday messages


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [(language, text, rule) for language, messages in EVERYDAY.items() for text, rule in messages],
)
def test_an_everyday_message_finds_its_rule(language: str, text: str, rule: str) -> None:
    decision = answer(BOOKS[language], text)
    assert decision.rule == rule, decision.trace


def test_the_everyday_messages_are_many_and_no_copies_of_the_examples() -> None:
    for language, messages in EVERYDAY.items():
        assert len(messages) >= 15
        examples = {result.example.text for result in run_examples(BOOKS[language])}
        assert not examples & {text for text, _ in messages}


def test_the_demos_story_is_told_as_it_says_at_any_hour() -> None:
    for hour in range(0, 24 * 7, 3):
        now = datetime(2026, 3, 2 + hour // 24, hour % 24, tzinfo=UTC)
        for _, text, rule in STORY:
            if rule is not None:
                assert decide(BOOKS["en"], message(text), Conversation(), now).rule == rule, (text, now)


def test_the_demo_writes_the_first_example_that_is_a_text_since_its_phone_sends_no_media() -> None:
    book = parse(
        b"version: 1\nrules:\n"
        b"- {name: photo, when: {media: any}, reply: a, examples: {matches: {media: image}}}\n"
        b"- {name: rest, when: anything, reply: b, examples: {matches: [{text: look, media: audio}, hello]}}",
        "demo.yaml",
        examples=False,
    )
    assert [(line.text, line.rule) for line in examples(book)] == [("hello", "rest")]
