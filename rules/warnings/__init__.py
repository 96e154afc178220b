"""What is doubtful in a book that has no fault: what `autoreply rules check` warns of.

Each `Doubt` comes with a message that shows it, and the book itself has been asked what becomes of that message. What
is said never to happen never does: where that cannot be shown by reasoning, nothing is said.

kind                  what is doubtful
never-fires           rules above take every message that the rule matches, or its own `none` refuses it
after-anything        the same, below a rule that answers everything
only-typos            the same, but for typing errors
phrase-taken          the same, for some phrases of a rule; or for all as they are written, by a pattern above
tag-never-given       a rule asks for a tag that no rule gives
double-braces         a reply with `{{name}}` sends the braces; the rule could fill `{name}`, or nothing does
placeholder-signs     a reply with `%name%`, `[name]`, `<name>` or `${name}` sends the signs
curved-quotes         curved quotes around a whole reply, which are sent, or a whole pattern, which are looked for
expression-in-phrase  a phrase with the signs of a regular expression, or of a list, is not found in its words
short-keyword         a keyword of one or two letters or digits that is not `exact`
opt-out-taken         a rule that does not opt out answers an opt-out word
opt-out-keyword       a keyword of a rule that does not opt out is an opt-out word, and takes it in a sentence
opt-out-not-exact     an opt-out word that also opts out in the middle of a sentence
no-examples           a rule without examples
near-keywords         keywords of two rules are one edit apart: a typing error of one is taken for the other
no-human              no rule hands off to a person
no-way-to-human       what is answered where nothing fits, or to WhatsApp's test of bots, tells no way to a person
no-opt-out            no rule opts out
open-all-night        hours from the morning to the next one, such as 9:00-5:00
no-fallback           there are messages that no rule answers
"""

from __future__ import annotations

from itertools import chain

from rules.book import Book
from rules.warnings.doubt import Doubt, Kind
from rules.warnings.expressions import doubts_about_expressions
from rules.warnings.hours import doubts_about_hours
from rules.warnings.keywords import doubts_about_keywords
from rules.warnings.misspelt import doubts_about_spelling
from rules.warnings.opting_out import doubts_about_opting_out
from rules.warnings.people import doubts_about_people
from rules.warnings.replies import doubts_about_replies
from rules.warnings.tags import doubts_about_tags
from rules.warnings.unreachable import doubts_about_order

__all__ = ["Doubt", "Kind", "doubts"]

_ABOUT = (
    doubts_about_order,
    doubts_about_tags,
    doubts_about_replies,
    doubts_about_keywords,
    doubts_about_expressions,
    doubts_about_opting_out,
    doubts_about_spelling,
    doubts_about_people,
    doubts_about_hours,
)


def doubts(book: Book) -> tuple[Doubt, ...]:
    """All that is doubtful, in the order of the file."""
    return tuple(sorted(chain.from_iterable(about(book) for about in _ABOUT), key=lambda doubt: doubt.line))
