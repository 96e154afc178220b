"""What calls answer about messages and conversations. The comment behind a field is its description in the document."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias

from pydantic import ConfigDict
from typing_extensions import TypedDict

from bot.dashboard.api.schemas import Time
from rules.as_json import StepJson
from worker.bookwork.explaining import Explained
from worker.ledger import Action, BulkState, Delivery, FoundBy, State


class Unreadable(TypedDict):
    """A message whose record is damaged, or of a newer version."""

    key: str  # names the message in paths
    unreadable: Literal[True]  # nothing more can be told


class Message(TypedDict):
    """A message, and what became of it. A viewer gets texts and numbers masked, and no ids of the provider's."""

    key: str  # names the message in paths
    state: State  # where it is in its life
    reason: str | None  # why it ended as it did: one of ours, or the provider's code
    account: str  # the business number's name in the settings
    sender: str  # the person's number; for a viewer its last two digits
    conversation: str  # the token that names the conversation in paths
    recipient: str  # the business number, as the provider has it
    text: str  # what the person wrote, empty where that is nothing; for a viewer how long it is
    media: str | None  # image, video, audio, document, sticker, location or contacts
    message_id: str | None  # the provider's id of the message; none for a viewer
    event_id: str | None  # the provider's id of the webhook event that brought it; none for a viewer
    sent_at: Time  # by the provider's clock
    received_at: Time  # when it was taken in
    changed_at: Time  # when it came into its state
    window_closes_at: Time  # of the conversation's window: whatever the person has written since counts
    rule: str | None  # that answered
    book: str | None  # the version of the book that decided
    reply: str | None  # its text; for a viewer how long it is
    reply_id: str | None  # the provider's id of the reply; none for a viewer
    by: str | None  # who wrote the reply, where a person did
    attempts: int  # how often sending was begun


AnyMessage: TypeAlias = Message | Unreadable


class Messages(TypedDict):
    """A page of messages."""

    messages: list[AnyMessage]  # the latest change first; of one person, what came last
    next: str | None  # the `after` of the next page; none where nothing is left
    complete: bool  # false where it was looked no further, though there is room: the next page looks on


class Arrival(TypedDict):
    """A state that a message came into."""

    state: State  # which
    at: Time  # when


class Try(TypedDict):
    """One attempt to send. What is missing is not known, and another version may have written more."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic looks for it here

    number: int  # from 1
    correlation_id: NotRequired[str]  # as the provider was told it
    answer: NotRequired[str]  # accepted, window, permanent, retry, config or ambiguous
    code: NotRequired[str]  # the provider's, or ours
    status: NotRequired[int | None]  # of HTTP; none where no answer came
    request_id: NotRequired[str | None]  # the provider's, for their support
    ms: NotRequired[int]  # how long it took
    evidence: NotRequired[Delivery]  # what delivery events said of it
    part: NotRequired[str]  # which it was of a reply in several, such as 1/2


class ShadowReply(TypedDict):
    """What a rule in shadow would have answered."""

    rule: str  # its name
    reply: str | None  # its text; for a viewer how long it is


class History(TypedDict):
    """What happened to a message."""

    path: list[Arrival]  # the states that it came into, the latest hundred and more
    tries: list[Try]  # to send its reply
    shadows: list[ShadowReply]  # what rules in shadow would have answered, in order
    actions: list[str | dict[str, str]]  # what its rule did besides replying, as a book writes it
    due: Time | None  # when the sweeper looks at it again


class Story(Message, History):
    """A message, and all that happened to it."""


class UnreadableStory(Unreadable, History):
    """A message whose record cannot be read, and what can be told of it all the same."""


class Found(TypedDict):
    """What an id or a number means."""

    kind: FoundBy  # what it is
    message: str | None  # the key of the message
    conversations: list[str]  # the tokens of a person's conversations


class TraceForViewer(TypedDict):
    """Why a message was decided so, without what it says."""

    rule: str | None  # that answers
    trace: list[StepJson]  # every rule in order; `because` ends before it quotes
    guessed: bool  # whether the conversation of that time is not known any more


Trace: TypeAlias = Explained | TraceForViewer


class Conversation(TypedDict):
    """What is remembered of a conversation."""

    conversation: str  # the token that names it in paths
    account: str  # the business number's name in the settings
    sender: str  # the person's number; for a viewer its last two digits
    tags: list[str]  # that rules or operators gave; for a viewer without digits
    opted_out: Time | None  # since when the person wants no replies
    handed_off_until: Time | None  # until when a person answers; it may be over
    window_closes_at: Time | None  # no free text may be sent after this
    first_seen: Time | None  # when the person wrote first, as far as that is remembered
    last_seen: Time | None  # and when last


class ConversationLine(Conversation):
    """One of many conversations."""

    messages: int  # within the retention time
    latest: AnyMessage | None  # the newest of them


class ConversationLines(TypedDict):
    """A page of conversations."""

    conversations: list[ConversationLine]  # those in which somebody wrote last, first
    next: str | None  # the `after` of the next page; none where nothing is left


class ConversationPage(Conversation):
    """A conversation, and a page of what was said in it."""

    number: int  # of its messages, within the retention time
    messages: list[AnyMessage]  # the newest first
    next: str | None  # the `before` of the next page, of older ones; none where nothing is left


class Bulk(TypedDict):
    """How far a change of many messages has come."""

    id: str  # names it in paths
    action: Action  # what is done to each
    who: str  # began it
    began: Time | None  # when
    wanted: str  # by what they were chosen, in words, without a person's number or text
    of: int  # how many fitted when it began
    exact: bool  # false where there were at least so many
    done: int  # how many are changed
    refused: int  # how many were not: they had changed meanwhile, or their windows had closed
    state: BulkState  # broken off: whoever did it is dead


class Bulks(TypedDict):
    """Changes of many messages."""

    bulks: list[Bulk]  # of the last day, the latest first
