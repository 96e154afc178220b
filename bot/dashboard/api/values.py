"""How things look as JSON, to whoever may see them: moments in ISO 8601, numbers and texts of people through `Eyes`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.dashboard.addresses import Addresses
from bot.dashboard.showing import Eyes, iso
from worker.ledger import Bulk, Closing, Job, Minute, Need, Record, Story, Talk, TalkLine, Unreadable


class Values:
    """For one reader."""

    def __init__(self, eyes: Eyes, addresses: Addresses) -> None:
        self._eyes = eyes
        self._addresses = addresses

    def record(self, record: Record | Unreadable, closes: datetime | None = None) -> dict[str, Any]:
        if isinstance(record, Unreadable):
            return {"key": record.key, "unreadable": True}
        message = record.message
        return {
            "key": record.key,
            "state": record.state,
            "reason": record.reason,
            "account": message.account,
            "sender": self._eyes.number(message.sender),
            "conversation": self.token(message.account, message.sender),
            "recipient": message.recipient,
            "text": self._eyes.text(message.text),
            "media": message.media,
            "message_id": self._eyes.provider_id(message.id),
            "event_id": self._eyes.provider_id(message.event_id),
            "sent_at": iso(message.sent_at),
            "received_at": iso(record.received_at),
            "changed_at": iso(record.changed_at),
            "window_closes_at": iso(closes or message.window_expires_at),
            "rule": record.rule,
            "book": record.book,
            "reply": None if record.reply is None else self._eyes.text(record.reply),
            "reply_id": self._eyes.provider_id(record.provider_id),
            "by": record.by,
            "attempts": record.attempt,
        }

    def story(self, story: Story) -> dict[str, Any]:
        """A record with all that happened to it."""
        record = story.record
        found = self.record(record or Unreadable(story.key))
        return {
            **found,
            "path": [{"state": state, "at": iso(at)} for state, at in story.path],
            "tries": [{"number": number, **entry} for number, entry in story.attempts.items()],
            "shadows": [
                {"rule": each.rule, "reply": None if each.reply is None else self._eyes.text(each.reply)}
                for each in (record.shadows if record else ())
            ],
            "actions": list(record.actions) if record else [],
            "due": iso(story.due) if story.due else None,
        }

    def talk(self, talk: Talk) -> dict[str, Any]:
        return {
            "conversation": self.token(talk.account, talk.sender),
            "account": talk.account,
            "sender": self._eyes.number(talk.sender),
            "tags": [self._eyes.tag(tag) for tag in talk.tags],
            "opted_out": _moment(talk.opted_out),
            "handed_off_until": _moment(talk.handed_off_until),
            "window_closes_at": _moment(talk.window),
            "first_seen": _moment(talk.first_seen),
            "last_seen": _moment(talk.last_seen),
        }

    def line(self, line: TalkLine) -> dict[str, Any]:
        latest = self.record(line.latest) if line.latest else None
        return {**self.talk(line.talk), "messages": line.messages, "latest": latest}

    def closing(self, closing: Closing) -> dict[str, Any]:
        return self.record(closing.record, closing.closes)

    def need(self, need: Need) -> dict[str, Any]:
        return {
            "kind": need.kind,
            "number": need.counted.number,
            "exact": need.counted.exact,
            "groups": [{"reason": reason or None, "number": number} for reason, number in need.groups.items()],
            "first": [self.record(record) for record in need.first],
        }

    def token(self, account: str, sender: str) -> str:
        """What names the conversation in paths."""
        return self._addresses.conversation_path(account, sender).rpartition("/")[2]

    def job(self, job: Job) -> dict[str, Any]:
        return {
            "message": job.id,
            "status": job.status,
            "enqueued_at": job.enqueued_at,
            "started_at": job.started_at,
            "worker": job.worker,
            "failed_of": job.failed_of if self._eyes.reader.sees_people else None,  # it may quote a message
        }


def minute(minute: Minute) -> dict[str, Any]:
    half, most = minute.quantile(0.5), minute.quantile(0.95)
    return {
        "at": iso(minute.at),
        "counts": dict(minute.counts),
        "p50": None if half is None else half.total_seconds(),
        "p95": None if most is None else most.total_seconds(),
    }


def bulk(bulk: Bulk) -> dict[str, Any]:
    return {
        "id": bulk.id,
        "action": bulk.action,
        "who": bulk.who,
        "began": _moment(bulk.began),
        "wanted": bulk.wanted,
        "of": bulk.of,
        "done": bulk.done,
        "refused": bulk.refused,
        "state": bulk.state,
    }


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """With its moments as texts."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in facts.items()}


def _moment(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
