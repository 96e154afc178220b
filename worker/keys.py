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
RINGS: Final = PREFIX + "rings"  # how often a worker was rung for
SWEEPER: Final = PREFIX + "sweeper"  # there while a sweep is not yet due again
REPORT: Final = PREFIX + "report:"  # + worker: JSON, what a worker says of its book; gone seconds after it
REPORTERS: Final = PREFIX + "reporters"  # sorted set of the workers that have reported, by when, in s
LOOK_NOW: Final = PREFIX + "look_now"  # the latest request to look at the books' files

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def message_key(account: str, message_id: str) -> str:
    """One name for a message of any provider, fit for an RQ job id, which knows letters, digits, `_` and `-` alone.

    An id with other characters (`wamid...==`) or a long one is replaced by its hash.
    """
    safe = message_id if _SAFE.fullmatch(message_id) else hashlib.sha256(message_id.encode()).hexdigest()[:40]
    return f"{account}_{safe}"
