"""What calls answer that change something: what was done, to what, and what the ledger tells besides."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from worker.ledger import State


class Done(TypedDict):
    """It is changed."""

    done: Literal[True]  # always
    what: str  # was done, as the audit trail has it
    on: str  # what: a message's key, an account, the id of a bulk, or a person's keyed hash


class MessageChanged(Done):
    """A message is on its way again, or will not be answered."""

    before: State  # that it was in


class JobChanged(Done):
    """A job of RQ's has gone."""

    before: NotRequired[str]  # the state of its message, where there is one


class HandedOver(Done):
    """A person answers in the conversation from now on, or the book again."""

    conversations: int  # how many were changed


class Replied(Done):
    """The reply is on its way."""

    key: str  # of the message that it became
    again: NotRequired[Literal[True]]  # it had come before, with the same token


class Forgotten(Done):
    """What was known of a person is erased."""

    records: int  # of messages
    conversations: int  # on all accounts
    notices: int  # to endpoints of yours, that were not delivered yet
