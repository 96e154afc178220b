"""The rules: which text gets which reply. Pure: no clock, no network, no log; only `load` opens a file.

A *book* is one YAML file with `version: 1`, an optional `name`, `typos`, `skip_words`, and `rules`. A *rule* has a
`name`, a `when`, and a `reply`, a `then`, or both; and `examples`, which are run whenever the book is read.

Order
    1. Somebody who has opted out is silent but for rules with `opt_in`.
    2. While a person answers (`hand_off`) the bot says nothing. Rules with `opt_out` still act, without their reply:
       who opts out then is not written to again when the person has gone.
    3. Rules are asked in the order of the file. The first whose `when` holds answers: no scores, no ties.
    4. The keys of one `when` must all hold. They are asked as listed below, so a trace names the first that failed.

Conditions (of a message longer than WhatsApp's 4096 characters they look at the first 4096)
    exact     the whole message is one of the phrases: as it stands, or with the skip words dropped on both sides
    starts    the message begins with one of the phrases
    any       one of the phrases occurs
    all       every phrase occurs
    none      no phrase occurs; alone in a `when` it holds for every other message
    pattern   the regular expression (RE2, any case) is found in the message as it was written, in NFC
    anything  the bare word instead of a map: always

Phrases
    Both sides are folded: case, width, accents of Latin letters, Arabic vowel signs, tatweel and alef forms, digits
    of any script, skin tones, invisible characters. Accents of other scripts make other words (Greek ή, Russian й).
    A word is a run of letters, marks and digits, or one symbol such as 🎁; an apostrophe inside joins. A phrase is
    its words in sequence with any punctuation between. `track*` is every word that begins so; a star elsewhere is a
    fault. In scripts without spaces each character is a word, so phrases match inside a run. Korean has spaces: 환불
    is not in 환불해; write 환불*.

Typing errors (`typos: on`, the default)
    A phrase's word of 5 to 7 letters also matches at one edit, from 8 letters at two: insert, delete, replace, swap
    neighbours. Letters are counted without their marks. Never: words with digits or a star, `exact`, `starts` of a
    rule that opts in or out, a word with letters of another script, and a word that is itself in a phrase of another
    rule (one that begins as a word with a star there counts as such). A phrase that occurs letter by letter goes
    before one that is nearly there.

Replies
    `{group}` is a named group of the rule's own pattern, empty where it took no part; `{book}` the book's name.
    A brace itself is doubled. Values go in once and are never read as placeholders. Of several variants a hash of the
    message's id takes one. A reply is cut at 4096 characters; one that its placeholders left blank is not sent.

Actions
    `opt_out`, `opt_in`, `{hand_off: 4h}`; one or a list, each at most once, and not both of the first two.

Silence
    `Decision.silence` says why there is no reply: no_rule (nothing holds), no_reply (the rule only acts, or its text
    came out blank), opted_out, handed_off.

What is matched
    `Matched.phrase` is the phrase of the first condition that has one; for `all` it is the first phrase, with the
    words of every one; for a pattern the pattern itself and the text it found. `Matched.words` are as the message has
    them, neighbours without a space between as one.

Nothing in a book is ignored: what is not understood is a `Fault` with its place, and all of them are told at once.
"""

from rules.as_json import decision_json
from rules.book import Book, Rule
from rules.decision import decide
from rules.faults import BookError, Fault
from rules.loader import load, parse
from rules.model import Action, Conversation, Decision, Matched, Message, Silence, Step

__all__ = [
    "Action",
    "Book",
    "BookError",
    "Conversation",
    "Decision",
    "Fault",
    "Matched",
    "Message",
    "Rule",
    "Silence",
    "Step",
    "decide",
    "decision_json",
    "load",
    "parse",
]
