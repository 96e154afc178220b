"""The rules: which message gets which reply. Pure: no clock, no network, no log; only `load` opens a file.

A *book* is one YAML file of rules and of what holds for all of them; `keys.py` lists every key with its meaning, and
`README.md` beside this file teaches the language. Here is what it means exactly.

Order
    1. Somebody who has opted out is silent but for rules with `opt_in`.
    2. While a person answers (`hand_off`) the bot says nothing. Where a rule with `opt_out` would answer it still acts:
       who opts out then is not written to again when the person has gone. So does one with `opt_in` for somebody who
       has opted out.
    3. Rules are asked in the order of the file. The first live one whose `when` holds answers: no scores, no ties.
    4. A rule that has fired in this conversation less than `once_per` ago is passed over, and the next are asked. A
       rule has fired when its reply was to be sent, or when it acts only and did.
    5. The keys of one `when` must all hold. They are asked as listed below, so a trace names the first that failed.

Modes
    live      the default
    shadow    decided and recorded, never sent; the rules below are asked as if it were not there
    off       not asked; its words and its examples are as if they were not there
    `only_for` makes a rule live for these senders; for everybody else it is off, or in shadow if it says so.

Conditions (of a message longer than WhatsApp's 4096 characters they look at the first 4096)
    exact          the whole message is one of the phrases: as it stands, or with the skip words dropped on both sides;
                   what is left then must be something
    starts         the message begins with one of the phrases
    any            one of the phrases occurs
    all            every phrase occurs
    none           no phrase occurs; alone in a `when` it holds for every other message
    pattern        the regular expression (RE2, any case) is found in the message as it was written, in NFC
    either         a list of alternatives, each like a `when`: one holds; the first that does is told
    not            the conditions inside, like a `when`, do not all hold
    media          the message is media: of any kind, or of one of those named, whatever it says besides
    during         now is inside the hours; a span begins with its first minute and ends before its last
    outside        now is outside them
    first_message  true: no earlier message is remembered, within the retention time; false: one is
    tagged         the conversation bears the tag; of a list, each of them
    not_tagged     it lacks the tag; of a list, each of them
    from           the sender's number begins with one of the prefixes; an id that is no number has none
    anything       the bare word instead of a map: always
    The text of media is its caption. Where there is none it is empty: `any`, `all`, `exact` and `starts` never hold
    then, `none` always does, and so do `anything` and whatever does not look at the text. So a rule that answers
    everything answers a bare picture, too, unless `not: {media: any}` stands in it or a rule above takes it.

Phrases
    Both sides are folded: case, width, accents of Latin and Greek letters, Arabic vowel signs, tatweel and alef forms,
    yeh and kaf as an Arabic or a Persian keyboard writes them, Hebrew points, Russian ё, digits of any script, skin
    tones, invisible characters. Marks of other scripts make other words (Russian й, Hindi vowel signs).
    A word is a run of letters, marks and digits, or one symbol such as 🎁; an apostrophe inside joins. A phrase is
    its words in sequence with any punctuation between. `track*` is every word that begins so; a star elsewhere is a
    fault. In scripts without spaces each letter with its marks is a word, so phrases match inside a run; a vowel of
    Thai or Lao that stands in front, and a stack of Khmer or Burmese, is one with its letter. Korean has spaces: 환불
    is not in 환불해; write 환불*. `{name}` stands for each item of a list under `words`; a list may use those above it.

Typing errors (`typos: on`, the default)
    A phrase's word of 5 to 7 letters also matches at one edit, from 8 letters at two: insert, delete, replace, swap
    neighbours. Letters are counted without their marks. Never: words with digits or a star, `exact`, `starts` of a
    rule that opts in or out, a word with letters of another script, and a word that the book itself has in a phrase
    (one that begins as a word with a star counts as such). A phrase that occurs letter by letter goes before one that
    is nearly there. They are looked for in the first 128 different words of a message.

Hours
    Days and times are of the book's `timezone`. A span over midnight (22:00-06:00) belongs to the day on which it
    begins, so the night before a `closed` day still ends in its morning. `open` has that day's hours instead of the
    weekday's. Wall time decides, also when the clock is changed.

Replies
    `{group}` is a named group of the rule's patterns, empty where it took no part; `{book}` the book's name; `{date}`
    and `{time}` those of the zone; `{hours}` and `{next_open}` speak of the hours that the rule names, or of the only
    ones, in the book's `language`. A brace itself is doubled. Values go in once and are never read as placeholders.
    Of several variants a hash of the message's id takes one. A reply is cut at 4096 characters; one that its
    placeholders left blank is not sent. A message that was sent more than `late_after` ago gets the `late_reply`.

Actions
    `opt_out`, `opt_in`, `{hand_off: 4h}`, `{tag: name}`, `{untag: name}`, `{notify: endpoint}`; one or a list, each at
    most once, and not both of the first two. A rule's actions hold also where its reply is withheld.

Silence
    `Decision.silence` says why there is no reply: no_rule (nothing holds), no_reply (the rule only acts, or its text
    came out blank), opted_out, handed_off, reply_limit (the conversation has had its replies; what the rule does
    besides is done), cooldown (but for `once_per` a rule would have answered), shadow (only a rule in shadow holds).

Examples
    They are run whenever the book is read, against all of it. An example is a message alone, a text, or
    `{media: image, text: look}` with or without its `text`: its own rule is asked as if hours, sender, tags and all
    that a message does not tell were such that it can answer, whatever its mode, and every other rule as if they were
    such that it cannot. A text is a message without media. `known_misses` may come out either way.

What is matched
    `Matched.phrase` is the phrase of the first condition that has one, written out where it came from a list; for
    `all` it is the first phrase, with the words of every one; for a pattern the pattern itself and the text it found.
    `Matched.words` are as the message has them, neighbours without a space between as one.

Nothing in a book is ignored: what is not understood is a `Fault` with its place, and all of them are told at once.
"""

from rules.as_json import decision_json
from rules.book import Book, Burst, Rule, Template
from rules.decision import decide
from rules.faults import BookError, Fault
from rules.loader import load, parse
from rules.model import Action, Conversation, Decision, Matched, Message, Silence, Step
from rules.text import prepare

__all__ = [
    "Action",
    "Book",
    "BookError",
    "Burst",
    "Conversation",
    "Decision",
    "Fault",
    "Matched",
    "Message",
    "Rule",
    "Silence",
    "Step",
    "Template",
    "decide",
    "decision_json",
    "load",
    "parse",
    "prepare",
]
