"""The memory of the sandbox: what was written to whom, in order, and who wants to hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.sandbox.model import Entry, Inbound, Reply, Template

News = tuple[str, Entry]  # `message`, `reply`, `template` or `state`, and the entry as it is now


class Conversations:
    """All messages and replies, by id and by the customer's number."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}  # dicts keep order: that of arrival
        self._by_number: dict[str, list[str]] = {}
        self._newest: dict[tuple[str, str], Inbound] = {}  # by customer and business number
        self._listeners: dict[asyncio.Queue[News | None], str] = {}

    @property
    def messages(self) -> list[Inbound]:
        """What customers wrote."""
        return [entry for entry in self._entries.values() if isinstance(entry, Inbound)]

    @property
    def replies(self) -> list[Reply]:
        """What was accepted, doubles included."""
        return [entry for entry in self._entries.values() if isinstance(entry, Reply)]

    @property
    def templates(self) -> list[Template]:
        """What was accepted for windows that have closed."""
        return [entry for entry in self._entries.values() if isinstance(entry, Template)]

    def of(self, number: str) -> list[Entry]:
        """One customer's conversation."""
        return [self._entries[key] for key in self._by_number.get(number, [])]

    def knows(self, key: str) -> bool:
        """Whether there is a message, reply or template with this id."""
        return key in self._entries

    def message(self, key: str) -> Inbound | None:
        """The message with this id, if a customer wrote one."""
        entry = self._entries.get(key)
        return entry if isinstance(entry, Inbound) else None

    def window_expires_at(self, customer: str, business_number: str) -> int:
        """The end of the window between two numbers, which the newest message has set; 0 if there never was one."""
        newest = self._newest.get((customer, business_number))
        return newest.window_expires_at if newest else 0

    def put(self, entry: Entry) -> None:
        """Remember a new entry or a new state of one, and tell those who listen."""
        what = "state"
        if entry.id not in self._entries:
            self._by_number.setdefault(entry.number, []).append(entry.id)
            what = "template" if isinstance(entry, Template) else "reply"
            if isinstance(entry, Inbound):
                self._newest[entry.sender, entry.recipient] = entry
                what = "message"
        self._entries[entry.id] = entry
        for queue, number in self._listeners.items():
            if number == entry.number:
                queue.put_nowait((what, entry))

    @contextmanager
    def listen(self, number: str) -> Iterator[asyncio.Queue[News | None]]:
        """News of one conversation; None says that nothing more will come."""
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._listeners[queue] = number
        try:
            yield queue
        finally:
            del self._listeners[queue]

    def dismiss(self) -> None:
        """Tell all who listen that nothing more will come."""
        for queue in self._listeners:
            queue.put_nowait(None)
