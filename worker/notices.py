"""What endpoints of the operator's are told: the `notify` of a rule that won."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rules import Book, Decision
from rules.as_json import iso
from worker.ledger import Claim, Notice

EVENT = "autoreply.rule.notify"


def notices(claim: Claim, decision: Decision) -> Sequence[Notice]:
    """One for each `notify`, written down together with the decision."""
    names = [action.value for action in decision.actions if action.name == "notify" and action.value]
    return [Notice(name, _body(claim, decision)) for name in names]


def endpoints_named(book: Book) -> set[str]:
    """The endpoints that its rules tell of something."""
    actions = [action for rule in book.rules for action in rule.actions]
    return {action.value for action in actions if action.name == "notify" and action.value}


def _body(claim: Claim, decision: Decision) -> str:
    """As Standard Webhooks have it: type, timestamp, data."""
    message = claim.record.message
    data = {
        "message": claim.record.key,
        "account": message.account,
        "sender": message.sender,
        "text": message.text,
        "media": message.media,
        "sent_at": iso(message.sent_at),
        "rule": decision.rule,
        "reply": decision.reply,
        "tags": sorted(claim.conversation.tags),
    }
    return json.dumps({"type": EVENT, "timestamp": iso(claim.now), "data": data})
