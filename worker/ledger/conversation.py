"""What is remembered of a conversation: as fields of its hash, and as JSON in the record of a message.

The hash, changed by scripts alone and gone with the retention time:
    window, first_seen, last_seen   the ledger's own
    opted_out, tag:NAME             since when
    handed_off_until                a person answers until then
    fired:RULE                      when the rule last replied, or acted where it has no reply
    replied                         when the latest replies were given, oldest first, separated by blanks

`replied` holds the latest 1000, as many as a book's `reply_limit` may allow, and of any age, since its `per` may be
365 days: less could not tell whether a limit is reached. That is 14 bytes a reply, 14 kB for somebody who is in a loop.
The JSON has the first of these times and the gaps between the others, a few bytes each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Final

from rules.model import Conversation, Decision
from worker.ledger.fields import Fields, milliseconds, moment

REPLIES: Final = 1000  # whose times are kept
_TAG: Final = "tag:"
_FIRED: Final = "fired:"


def read_conversation(fields: Mapping[str, str], *, first: bool) -> Conversation:
    """From its hash; `first` is what the message's record says."""
    until = fields.get("handed_off_until")
    return Conversation(
        first_message=first,
        opted_out="opted_out" in fields,
        handed_off_until=moment(until) if until else None,
        tags=frozenset(name.removeprefix(_TAG) for name in fields if name.startswith(_TAG)),
        fired={name.removeprefix(_FIRED): moment(at) for name, at in fields.items() if name.startswith(_FIRED)},
        replied=tuple(moment(at) for at in fields.get("replied", "").split()),
    )


def remembered(decision: Decision, now: datetime) -> Fields:
    """What the actions of a decision change in the hash."""
    changes: dict[str, str | int | None] = {}
    for action in decision.actions:
        match action.name:
            case "opt_out":
                changes["opted_out"] = milliseconds(now)
            case "opt_in":
                changes["opted_out"] = None
            case "hand_off":
                changes["handed_off_until"] = milliseconds(now + (action.duration or timedelta(0)))
            case "tag":
                changes[f"{_TAG}{action.value}"] = milliseconds(now)
            case "untag":
                changes[f"{_TAG}{action.value}"] = None
    return changes


def fired(decision: Decision, now: datetime) -> Fields:
    """What a rule that replied, or acted where it has no reply, changes besides. A rule whose reply was withheld (by
    the reply limit, or since a person answers) has not fired: its cooldown does not begin."""
    if decision.rule is None or (decision.reply is None and decision.silence != "no_reply"):
        return {}
    return {f"{_FIRED}{decision.rule}": milliseconds(now)}


def write_json(conversation: Conversation) -> str:
    """Compact: what is as by default is left away."""
    until = conversation.handed_off_until
    replied = [milliseconds(at) for at in conversation.replied]
    value = {
        "first_message": None if conversation.first_message else False,
        "opted_out": conversation.opted_out or None,
        "handed_off_until": milliseconds(until) if until else None,
        "tags": sorted(conversation.tags) or None,
        "fired": {rule: milliseconds(at) for rule, at in conversation.fired.items()} or None,
        "replied": [*replied[:1], *(after - before for before, after in pairwise(replied))] or None,
    }
    return json.dumps({name: each for name, each in value.items() if each is not None}, separators=(",", ":"))


def read_json(text: str) -> Conversation:
    """What `write_json` wrote. Where it is something else, see `record.DAMAGE`."""
    value: dict[str, Any] = json.loads(text)
    until = value.get("handed_off_until")
    return Conversation(
        first_message=value.get("first_message", True),
        opted_out=value.get("opted_out", False),
        handed_off_until=None if until is None else moment(until),
        tags=frozenset(value.get("tags", ())),
        fired={rule: moment(at) for rule, at in value.get("fired", {}).items()},
        replied=tuple(moment(at) for at in accumulate(value.get("replied", ()))),
    )
