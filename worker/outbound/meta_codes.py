"""What Meta's error codes mean for a message that was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from worker.outbound import Answer

PAIR_RATE: Final = "131056"  # too much to one person: others can be written to

# Meta: Error codes, less those that only other endpoints give. "Build your app's error handling around error codes
# instead of subcodes or HTTP response status codes", it says there; the status decides where we do not know the code.
# Not on that page, but in libraries: 131030, 131044, 131062, 132008, 137000.
CODES: Final[Mapping[str, Answer]] = {
    "131047": Answer.WINDOW,
    # The person, or this message.
    "131026": Answer.PERMANENT,  # undeliverable
    "131049": Answer.PERMANENT,  # kept back for the person's sake: not before a day has gone by
    "131050": Answer.PERMANENT,  # stopped marketing messages
    "130403": Answer.PERMANENT,  # blocked, by the business itself
    "130472": Answer.PERMANENT,  # in an experiment
    "131021": Answer.PERMANENT,  # recipient and sender are one
    "131062": Answer.PERMANENT,  # this kind of message needs a number, and they have a username
    "137000": Answer.PERMANENT,  # identity has changed
    # A fault of ours.
    "100": Answer.PERMANENT,
    "131008": Answer.PERMANENT,
    "131009": Answer.PERMANENT,
    "131051": Answer.PERMANENT,
    "131052": Answer.PERMANENT,
    "131053": Answer.PERMANENT,
    # The book's template is wrong, and not the account: its replies go on.
    "132000": Answer.PERMANENT,
    "132001": Answer.PERMANENT,
    "132005": Answer.PERMANENT,
    "132007": Answer.PERMANENT,
    "132008": Answer.PERMANENT,
    "132012": Answer.PERMANENT,
    "132015": Answer.PERMANENT,
    "132016": Answer.PERMANENT,
    "132018": Answer.PERMANENT,
    "132068": Answer.PERMANENT,
    "132069": Answer.PERMANENT,
    "131063": Answer.PERMANENT,
    # Too much at once: of the app, the business, the number, and to one person.
    "4": Answer.RETRY,
    "80007": Answer.RETRY,
    "130429": Answer.RETRY,
    PAIR_RATE: Answer.RETRY,
    # Out of order for a while.
    "1": Answer.RETRY,
    "2": Answer.RETRY,
    "131000": Answer.RETRY,
    "131016": Answer.RETRY,
    "131057": Answer.RETRY,
    "133004": Answer.RETRY,
    "135000": Answer.RETRY,
    # The token, and what it may do.
    "0": Answer.CONFIG,
    "104": Answer.CONFIG,
    "190": Answer.CONFIG,
    "3": Answer.CONFIG,
    "10": Answer.CONFIG,
    **{str(code): Answer.CONFIG for code in range(200, 300)},
    "131005": Answer.CONFIG,
    # The account and its number.
    "368": Answer.CONFIG,
    "131031": Answer.CONFIG,
    "130497": Answer.CONFIG,
    "131048": Answer.CONFIG,  # too many of its messages were called spam
    "131064": Answer.CONFIG,  # its templates were in the wrong category: nothing goes out for some days
    "131042": Answer.CONFIG,
    "131044": Answer.CONFIG,
    "131045": Answer.CONFIG,
    "131037": Answer.CONFIG,
    "131030": Answer.CONFIG,  # a test number, and a person not on its list
    "133006": Answer.CONFIG,
    "133010": Answer.CONFIG,
    "133015": Answer.CONFIG,
    "134011": Answer.CONFIG,
    "33": Answer.CONFIG,
}
# Of code 100: there is no such phone_number_id, or not for this token (Graph API: seen, and in no table).
NO_SUCH_NUMBER: Final = ("100", 33)
