"""Every Redis key that is ours, and the key of a message. RQ's own keys begin with `rq:`."""

from __future__ import annotations

import hashlib
import re
from typing import Final

PREFIX: Final = "autoreply:"

RECORD: Final = PREFIX + "record:"  # + key: hash, the ledger's record of one message
EVENT: Final = PREFIX + "event:"  # + account:event id: the key of the message it brought
SEEN: Final = PREFIX + "seen:"  # + key: there if the message was taken in, though its record may be gone
CONVERSATION: Final = PREFIX + "conversation:"  # + account:sender: hash
STATE: Final = PREFIX + "state:"  # + state: sorted set of keys by the time they came into it, in ms
DUE: Final = PREFIX + "due"  # sorted set of the keys that are moving, by when the sweeper shall look, in ms
COUNTS: Final = PREFIX + "counts"  # hash: what happened how often
SWEPT: Final = PREFIX + "swept"  # when the latest sweep was, in ms
SWEEPER: Final = PREFIX + "sweeper"  # there while a sweep is not yet due again
CURSOR: Final = PREFIX + "cursor"  # how far the sweeper's slow look at everything has come
EPOCH: Final = PREFIX + "epoch"  # when this Redis first held our data, in ms: gone or other where it lost them
LINE: Final = PREFIX + "line:"  # + account:sender: sorted set of what is not answered yet, by when it was sent
HISTORY: Final = PREFIX + "history:"  # + account:sender: sorted set of the keys of a conversation, by when they came
CONVERSATIONS: Final = PREFIX + "conversations"  # sorted set of account:sender by when they wrote last, in ms
HANDED_OFF: Final = PREFIX + "handed_off"  # sorted set of account:sender by until when a person answers, in ms
REPLY: Final = PREFIX + "reply:"  # + name of a reply as of a message: the key of the message that it answers
READY: Final = PREFIX + "ready:"  # + account: sorted set of the keys a worker may claim, by when their window closes
CLAIM: Final = PREFIX + "claim:"  # + owner: the key it has claimed, for one who asks again
ACCOUNT: Final = PREFIX + "account:"  # + account: hash, whether anything may be sent for it now
ACCOUNTS: Final = PREFIX + "accounts"  # set of the accounts that messages have come for
EVIDENCE: Final = PREFIX + "evidence:"  # + account:number of the five minutes: hash, replies sent and confirmed
MINUTE: Final = PREFIX + "minute:"  # + number of the minute: hash, what happened how often in it
HITS: Final = PREFIX + "hits:"  # + number of the day: hash, how often each rule decided
LAST_HIT: Final = PREFIX + "last_hit"  # sorted set of the rules by when they decided last, in ms
QUESTIONS: Final = PREFIX + "questions:"  # + account: sorted set of the keys whose fate is asked for, by when, in ms
ASKED: Final = PREFIX + "asked:"  # + account: there while the next question is not yet due
NOTICE: Final = PREFIX + "notice:"  # + number: hash, a notice to an endpoint of the operator's
NOTICES: Final = PREFIX + "notices:"  # + endpoint: sorted set of the numbers of notices by when they are due, in ms
NOTIFIED: Final = PREFIX + "notified"  # set of the endpoints that notices wait for
REPORT: Final = PREFIX + "report:"  # + worker: JSON, what a worker says of its book; gone seconds after it
REPORTERS: Final = PREFIX + "reporters"  # sorted set of the workers that have reported, by when, in s
BULK: Final = PREFIX + "bulk:"  # + id: hash, how far a change of many messages has come
BULKS: Final = PREFIX + "bulks"  # sorted set of their ids by when they began, in ms
CORRUPT: Final = PREFIX + "corrupt:"  # + job id: an RQ job that cannot be read, set aside
AUDIT: Final = PREFIX + "audit"  # stream: what operators did; of a person it has the keyed hash alone
AUDIT_KEY: Final = PREFIX + "audit_key"  # what those hashes are keyed with
SESSION_SECRET: Final = PREFIX + "session_secret"  # what the dashboard's sessions are signed with
ENDED_SESSION: Final = PREFIX + "ended_session:"  # + id: there while a cookie of it could be used still
TRIES: Final = PREFIX + "tries:"  # + hash of an address: how many wrong passwords came from it of late
KNOWN_ADDRESS: Final = PREFIX + "known_address:"  # + hash of an address: there for a month after a log-in
BOOK: Final = PREFIX + "book:"  # + path of its file: hash, the book that was last in force, and since when
BOOKS: Final = PREFIX + "books"  # sorted set of the paths of books that are kept, by when a worker last had them, in s
BOOK_HISTORY: Final = PREFIX + "book_history:"  # + path: list of JSON, which versions were in force, the latest first
BOOK_TEXTS: Final = PREFIX + "book_texts:"  # + path: hash, the text of each of these versions, packed
BOOK_BY: Final = PREFIX + "book_by:"  # + path: hash, who has just put a version in force
LOOK_NOW: Final = PREFIX + "look_now"  # the latest request to look at the books' files

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def message_key(account: str, message_id: str) -> str:
    """One name for a message of any provider, fit for an RQ job id, which knows letters, digits, `_` and `-` alone.

    An id with other characters (`wamid...==`) or a long one is replaced by its hash.
    """
    safe = message_id if _SAFE.fullmatch(message_id) else hashlib.sha256(message_id.encode()).hexdigest()[:40]
    return f"{account}_{safe}"


def reply_key(account: str, provider_id: str) -> str:
    """Where the message stands that a reply answers. An id that may hold a number is hashed."""
    return REPLY + message_key(account, provider_id)


def by_hand(account: str, token: str) -> str:
    """The key of a reply that a person writes: the same for the same token."""
    return message_key(account, f"hand-{token}")
