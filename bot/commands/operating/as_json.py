"""What operators look at, as JSON. What is not known is null."""

from __future__ import annotations

from typing import Any

from rules.as_json import iso, shadow_json
from rules.model import Conversation
from worker.ledger import AccountStatus, Record, Status, Story, Unreadable


def record_json(record: Record | Unreadable) -> dict[str, Any]:
    if isinstance(record, Unreadable):
        return {"key": record.key, "unreadable": True}
    message = record.message
    return {
        "key": record.key,
        "state": record.state,
        "reason": record.reason,
        "account": message.account,
        "message_id": message.id,
        "event_id": message.event_id,
        "sender": message.sender,
        "recipient": message.recipient,
        "text": message.text,
        "media": message.media,
        "sent_at": iso(message.sent_at),
        "received_at": iso(record.received_at),
        "changed_at": iso(record.changed_at),
        "window_expires_at": iso(message.window_expires_at),
        "decided_at": iso(record.decided_at),
        "rule": record.rule,
        "reply": record.reply,
        "actions": list(record.actions),
        "shadows": [shadow_json(shadow) for shadow in record.shadows],
        "book": record.book,
        "attempt": record.attempt,
        "provider_id": record.provider_id,
        "joined": record.folds,
    }


def story_json(story: Story) -> dict[str, Any]:
    """Without the conversation."""
    return {
        **record_json(story.record or Unreadable(story.key)),
        "resent": int(story.fields.get("resent", "0")) if story.fields.get("resent", "0").isdecimal() else None,
        "path": [{"state": state, "at": iso(at)} for state, at in story.path],
        "attempts": [{"attempt": number, **entry} for number, entry in story.attempts.items()],
    }


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    return {
        "opted_out": conversation.opted_out,
        "handed_off_until": iso(conversation.handed_off_until),
        "tags": sorted(conversation.tags),
        "fired": {rule: iso(at) for rule, at in sorted(conversation.fired.items())},
        "replies": len(conversation.replied),
        "last_reply": iso(max(conversation.replied, default=None)),
    }


def status_json(status: Status) -> dict[str, Any]:
    return {
        "now": iso(status.now),
        "messages": {str(state): number for state, number in status.states.items()},
        "accounts": [_account_json(account) for account in status.accounts],
        "counts": dict(sorted(status.counts.items())),
        "rings": status.rings,
        "notices": status.notices,
        "redis": {"memory": status.memory, "limit": status.memory_limit or None, "since": iso(status.epoch)},
    }


def _account_json(account: AccountStatus) -> dict[str, Any]:
    return {
        "account": account.name,
        "state": account.state,
        "ready": account.ready,
        "oldest_ready": iso(account.oldest),
        "window_closes": iso(account.closes),
        "held_since": iso(account.held),
        "why": account.why,
        "since": iso(account.since),
        "until": iso(account.until),
    }
