"""How things look as JSON, to whoever may see them: moments in ISO 8601, numbers and texts of people through `Eyes`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.dashboard.addresses import Addresses
from bot.dashboard.api import answers, service_answers
from bot.dashboard.showing import Eyes
from rules.as_json import iso
from worker.ledger import Bulk, Closing, Job, Minute, Need, Record, State, Story, Talk, TalkLine, Unreadable


class Values:
    """For one reader."""

    def __init__(self, eyes: Eyes, addresses: Addresses) -> None:
        self._eyes = eyes
        self._addresses = addresses

    def record(self, record: Record | Unreadable, window: datetime | None) -> answers.AnyMessage:
        """`window`: when that of its conversation closes, where it is known."""
        if isinstance(record, Unreadable):
            return {"key": record.key, "unreadable": True}
        return self._message(record, window)

    def _message(self, record: Record, window: datetime | None) -> answers.Message:
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
            "window_closes_at": iso(max(window or message.window_expires_at, message.window_expires_at)),
            "rule": record.rule,
            "book": record.book,
            "reply": None if record.reply is None else self._eyes.text(record.reply),
            "reply_id": self._eyes.provider_id(record.provider_id),
            "by": record.by,
            "attempts": record.attempt,
        }

    def story(self, story: Story) -> answers.Story | answers.UnreadableStory:
        """A record with all that happened to it."""
        record = story.record
        if record is None:
            return {"key": story.key, "unreadable": True, **self._history(story, None)}
        return {**self._message(record, story.window), **self._history(story, record)}

    def _history(self, story: Story, record: Record | None) -> answers.History:
        tries: list[Any] = [{"number": number, **entry} for number, entry in story.attempts.items()]
        return {
            "path": [{"state": State(state), "at": iso(at)} for state, at in story.path],
            "tries": tries,
            "shadows": [
                {"rule": each.rule, "reply": None if each.reply is None else self._eyes.text(each.reply)}
                for each in (record.shadows if record else ())
            ],
            "actions": list(record.actions) if record else [],
            "due": iso(story.due),
        }

    def talk(self, talk: Talk) -> answers.Conversation:
        return {
            "conversation": self.token(talk.account, talk.sender),
            "account": talk.account,
            "sender": self._eyes.number(talk.sender),
            "tags": [self._eyes.tag(tag) for tag in talk.tags],
            "opted_out": iso(talk.opted_out),
            "handed_off_until": iso(talk.handed_off_until),
            "window_closes_at": iso(talk.window),
            "first_seen": iso(talk.first_seen),
            "last_seen": iso(talk.last_seen),
        }

    def line(self, line: TalkLine) -> answers.ConversationLine:
        latest = self.record(line.latest, line.talk.window) if line.latest else None
        return {**self.talk(line.talk), "messages": line.messages, "latest": latest}

    def closing(self, closing: Closing) -> answers.AnyMessage:
        return self.record(closing.record, closing.closes)

    def need(self, need: Need) -> service_answers.Need:
        return {
            "kind": need.kind,
            "number": need.counted.number,
            "exact": need.counted.exact,
            "groups": [{"reason": reason or None, "number": number} for reason, number in need.groups.items()],
            "first": [self.record(record, need.closes.get(record.key)) for record in need.first],
        }

    def token(self, account: str, sender: str) -> str:
        """What names the conversation in paths."""
        return self._addresses.conversation_path(account, sender).rpartition("/")[2]

    def job(self, job: Job) -> service_answers.Job:
        return {
            "message": job.id,
            "status": job.status,
            "enqueued_at": job.enqueued_at,
            "started_at": job.started_at,
            "worker": job.worker,
            "failed_of": job.failed_of if self._eyes.reader.sees_people else None,  # it may quote a message
        }


def minute(minute: Minute) -> service_answers.Minute:
    half, most = minute.quantile(0.5), minute.quantile(0.95)
    return {
        "at": iso(minute.at),
        "counts": dict(minute.counts),
        "p50": None if half is None else half.total_seconds(),
        "p95": None if most is None else most.total_seconds(),
    }


def bulk(bulk: Bulk) -> answers.Bulk:
    return {
        "id": bulk.id,
        "action": bulk.action,
        "who": bulk.who,
        "began": iso(bulk.began),
        "wanted": bulk.wanted,
        "of": bulk.of,
        "exact": bulk.exact,
        "done": bulk.done,
        "refused": bulk.refused,
        "state": bulk.state,
    }


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """With its moments as texts."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in facts.items()}
