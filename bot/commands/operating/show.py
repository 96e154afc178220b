"""`autoreply show`: one message's whole story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import click
from rich.text import Text

from bot.commands.operating.as_json import conversation_json, story_json
from bot.commands.operating.asking import as_json_option, ask, not_found
from bot.commands.operating.listing import STYLES
from bot.commands.operating.wording import moment, quoted
from bot.commands.rules.printing import output, print_json, shown
from rules.as_json import iso
from worker.ledger import Operating, Record, State, Story

LONGEST: Final = 400  # characters of a text
SHOWN: Final = ("answer", "code", "status", "ms", "request_id", "correlation_id")  # of an attempt, in this order
ADVICE: Final = {
    State.UNCONFIRMED: "nobody knows whether it arrived: ask the provider, then `autoreply resend` or `discard`",
    State.FAILED: "`autoreply resend` sends it again while the window is open",
    State.REJECTED: "`autoreply resend` sends it again, once what the provider said is mended",
    State.GIVEN_UP: "its worker died of it, again and again; `autoreply resend` gives it its tries again",
}


@click.command(short_help="Show all that happened to one message.")
@click.argument("name", metavar="ID")
@as_json_option
def show(*, name: str, as_json: bool) -> None:
    """Show one message: what was written and decided, each state it came into, each attempt with the provider's answer
    and what delivery events said since, and what is remembered of its conversation.

    ID is the message's key, the provider's id of it, or the correlation id of an attempt. Exits 1 where there is none.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply show prelude_im_01k8aq2zggeyssvt53zgvpx63a
    """
    story = ask(lambda ledger: _story(ledger, name))
    if story is None:
        raise click.ClickException(not_found(name))
    if as_json:
        print_json(_json(story))
        return
    console = output()
    for line in _lines(story):
        console.print(line)


async def _story(ledger: Operating, name: str) -> Story | None:
    key = await ledger.key_of(name)
    return await ledger.story(key) if key else None


def _json(story: Story) -> dict[str, Any]:
    conversation = story.conversation
    found = {"messages": story.messages, **conversation_json(conversation)} if conversation else None
    return {**story_json(story), "due": iso(story.due), "conversation": found}


def _lines(story: Story) -> Iterator[Text]:
    if record := story.record:
        yield from _message(record)
        yield from _decision(record)
    else:
        yield Text(f"{shown(story.key)}: its record is damaged, or of a newer version", "bold red")
        for name, text in sorted(story.fields.items()):
            yield _labelled(shown(name), quoted(text, LONGEST))
    yield from _path(story)
    for number, entry in story.attempts.items():
        yield _labelled("attempts" if number == min(story.attempts) else "", f"{number}  {_attempt(entry)}")
    yield from _conversation(story)
    if record and (advice := ADVICE.get(record.state)):
        yield Text(advice, "yellow")


def _message(record: Record) -> Iterator[Text]:
    message = record.message
    yield Text.assemble((shown(record.key), "bold"), "  ", (record.state, STYLES.get(record.state, "bold")))
    if record.reason:
        yield _labelled("reason", shown(record.reason))
    yield _labelled("from", f"{shown(message.sender)} to {shown(message.recipient)}, account {shown(message.account)}")
    yield _labelled("ids", f"message {shown(message.id)}, event {shown(message.event_id)}")
    yield _labelled("sent", f"{moment(message.sent_at)}, taken in {moment(record.received_at)} UTC")
    yield _labelled("window", f"closes {moment(message.window_expires_at)}")
    if message.media is not None:
        yield _labelled("media", shown(message.media))
    yield _labelled("text", quoted(message.text, LONGEST) + (" (of several messages)" if record.folds else ""))


def _decision(record: Record) -> Iterator[Text]:
    if record.book is None:
        return
    at = f" at {moment(record.decided_at)}" if record.decided_at else ""
    yield _labelled("rule", f"{shown(record.rule or '(none)')} of book {shown(record.book)}{at}")
    if record.reply is not None:
        yield _labelled("reply", quoted(record.reply, LONGEST))
    if record.actions:
        yield _labelled("actions", shown(json.dumps(list(record.actions), ensure_ascii=False)))
    for shadow in record.shadows:
        yield _labelled("shadow", f"{shown(shadow.rule)}: {quoted(shadow.reply or '', LONGEST)}")
    if record.provider_id:
        yield _labelled("reply id", shown(record.provider_id))


def _path(story: Story) -> Iterator[Text]:
    before: datetime | None = None
    for state, at in story.path:
        gap = f"  +{(at - before).total_seconds():.3f} s" if before else ""
        yield _labelled(
            "" if before else "states", f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}  {state:<13}{gap}"
        )
        before = at
    if story.due:
        yield _labelled("next look", moment(story.due))


def _attempt(entry: dict[str, Any]) -> str:
    told = [f"{name} {entry[name]}" for name in SHOWN if entry.get(name) not in (None, "")]
    if "evidence" in entry:
        told.append(f"delivery event: {entry['evidence']}")
    return shown(", ".join(told) or "nothing is known of it")


def _conversation(story: Story) -> Iterator[Text]:
    conversation = story.conversation
    if conversation is None:
        yield _labelled("person", "nothing is remembered")
        return
    told = [f"{story.messages} messages kept", f"{len(conversation.replied)} replies"]
    if conversation.replied:
        told.append(f"the last at {moment(max(conversation.replied))}")
    if conversation.opted_out:
        told.append("opted out")
    if conversation.handed_off_until:
        told.append(f"handed off until {moment(conversation.handed_off_until)}")
    if conversation.tags:
        told.append(f"tags {', '.join(sorted(conversation.tags))}")
    yield _labelled("person", shown("; ".join(told)))
    for rule, at in sorted(conversation.fired.items()):
        yield _labelled("", shown(f"rule {rule} last fired at {moment(at)}"))


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((f"  {label:10}", "dim"), text)
