"""One `value` as Meta writes it: messages, what became of replies, and errors (Meta: Webhooks, messages and statuses).

Meta itself sends it in `entry[].changes[]`; providers that resell its API pass it on in an envelope of their own. What
the documents promise is needed of a message: id, type and timestamp, and somebody who wrote it. The rest is read
leniently, for Meta adds fields and types without notice, and resellers' samples differ from it in shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.inbound import Event, Ignored, PayloadError
from bot.inbound.reading import fault, printable
from rules.media import KINDS
from rules.model import Message
from worker.ledger import Delivery, DeliveryEvent, read_correlation_id

WINDOW: Final = timedelta(hours=24)  # no webhook names its end
WINDOW_ERROR: Final = "131047"

DELIVERIES: Final[dict[str, Delivery]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",  # of voice messages
    "failed": "failed",
}

# Where the words of a message are, by its type and the type inside it. With a flow's answers and a location there are
# none.
_WORDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("text", ""): ("text", "body"),
    ("button", ""): ("button", "text"),
    ("interactive", "button_reply"): ("interactive", "button_reply", "title"),
    ("interactive", "list_reply"): ("interactive", "list_reply", "title"),
    ("interactive", "nfm_reply"): (),
    ("order", ""): ("order", "text"),
    **{(kind, ""): (kind, "caption") for kind in KINDS},
}

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the envelope says of the value in it, or the settings do."""

    account: str
    recipient: str  # the business number, E.164
    event_id: Callable[[Object], Any] = lambda message: message.get("id")
    correlation_id: Callable[[Object], Any] = lambda status: status.get("biz_opaque_callback_data")


def read_value(value: Any, reading: Reading) -> Iterator[Event | PayloadError]:
    """What it tells, in its order, and what of it cannot be read. Raises nothing."""
    if not isinstance(value, Mapping):
        yield PayloadError("value: not an object")
        return
    readers: dict[str, Callable[[Object], Event]] = {
        "messages": lambda message: _message(message, value, reading),
        "statuses": lambda status: _delivery(status, reading),
        "errors": lambda error: Ignored("ignored_event", f"error {_code(error)}".strip()),
    }
    for name, read in readers.items():
        for item in _items(value.get(name)):
            try:
                yield read(item) if isinstance(item, Mapping) else PayloadError(f"{name}: not an object")
            except ValidationError as error:
                yield PayloadError(f"{name}: {fault(error)}")


def settled(found: Iterable[Event | PayloadError]) -> list[Event]:
    """All that was read: what could not be read must not keep the rest of its batch from its answers, else the
    provider would send all of it again and again. Raises PayloadError where nothing was read at all.
    """
    told = list(found)
    faults = [event for event in told if isinstance(event, PayloadError)]
    if faults and len(faults) == len(told):
        raise faults[0]
    return [Ignored("ignored_event", str(event)) if isinstance(event, PayloadError) else event for event in told]


def phone_number(text: str) -> str:
    """In E.164, where it is one: Meta writes them without `+`. Ids of people who hide theirs (`US.1349...`) stay."""
    return f"+{text}" if text.isascii() and text.isdecimal() else text


def _moment(value: object) -> datetime:
    """Of seconds since 1970, as a text or a number."""
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) <= 11):
        raise ValueError("no seconds since 1970")
    return datetime.fromtimestamp(int(text), UTC)


class _Message(BaseModel):
    """What is needed of a message."""

    id: Annotated[str, Field(min_length=1, max_length=256)]
    event_id: Annotated[str, Field(min_length=1, max_length=256)]
    sender: Annotated[str, Field(min_length=1, max_length=200)]
    timestamp: Annotated[datetime, BeforeValidator(_moment)]


def _message(message: Object, value: Object, reading: Reading) -> Message | Ignored:
    kind = message.get("type")
    inner = _text(message, "interactive", "type") if kind == "interactive" else ""
    words = _WORDS.get((kind, inner)) if isinstance(kind, str) else None
    if words is None:  # reactions, changes of numbers, what the API does not support, and what is new to us
        return Ignored("ignored_event", printable(f"{kind} {inner}".strip()))
    if message.get("group_id"):  # whoever answered its writer would answer beside the group
        return Ignored("ignored_event", "group message")
    read = _Message.model_validate(
        {**message, "event_id": reading.event_id(message), "sender": _sender(message, value)}
    )
    return Message(
        account=reading.account,
        event_id=read.event_id,
        id=read.id,
        sender=phone_number(read.sender),
        recipient=reading.recipient,
        text=_text(message, *words) if words else "",
        sent_at=read.timestamp,
        window_expires_at=read.timestamp + WINDOW,
        media=kind if kind in KINDS else None,
    )


def _sender(message: Object, value: Object) -> str | None:
    """The number, or the id of somebody who has a username instead (Meta: Business-scoped user ids)."""
    contacts = _items(value.get("contacts"))
    contact = contacts[0] if len(contacts) == 1 and isinstance(contacts[0], Mapping) else {}
    places = ((message, "from"), (contact, "wa_id"), (message, "from_user_id"), (contact, "user_id"))
    return next((str(found) for place, name in places if (found := place.get(name))), None)


def _delivery(status: Object, reading: Reading) -> DeliveryEvent | Ignored:
    attempt = read_correlation_id(str(reading.correlation_id(status) or ""))
    name = printable(status.get("status"))
    what = DELIVERIES.get(name)
    if attempt is None or what is None or not attempt[0].startswith(f"{reading.account}_"):
        return Ignored("ignored_event", f"status {name}")
    codes = [_code(error) for error in _items(status.get("errors")) if isinstance(error, Mapping)]
    if what == "failed" and WINDOW_ERROR in codes:
        return DeliveryEvent(*attempt, "expired", WINDOW_ERROR)
    return DeliveryEvent(*attempt, what, next(iter(codes), ""))


def _code(error: Object) -> str:
    return printable(error.get("code", ""))


def _text(payload: Any, *path: str) -> str:
    """What stands there, if it is a text."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, str) else ""


def _items(value: Any) -> list[Any]:
    """A list; samples of resellers have the one object that would be in it."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
