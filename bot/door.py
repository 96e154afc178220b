"""One connection of the receiver or of the dashboard. uvicorn limits neither the size of a request's head nor the time
it may take to come, and one stranger with an endless header could keep it busy for minutes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT: Final = 64 * 1024  # bytes of request line and headers
REQUEST_LIMIT: Final = 4 * 1024 * 1024  # bytes of all of a request, trailers included; every adapter's limit is lower
HEAD_TIMEOUT: Final = timedelta(seconds=10)  # from the connection or the request's first byte
BODY_TIMEOUT: Final = timedelta(seconds=30)  # from the head's end


class Door(HttpToolsProtocol):
    """uvicorn's protocol, with limits. A timer runs whenever bytes are awaited that uvicorn has no timer for."""

    most = REQUEST_LIMIT  # bytes of a request

    _size = 0  # bytes since the request began
    _begun = False  # whether a request began with the bytes at hand
    _idle = True  # whether no request is being read
    _in_head = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Awaits the first request."""
        super().connection_made(transport)
        self._within(HEAD_TIMEOUT)

    def on_message_begin(self) -> None:
        """Called by the parser with a request's first byte."""
        super().on_message_begin()
        self._begun, self._idle, self._in_head = True, False, True
        self._within(HEAD_TIMEOUT)

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._in_head = False
        self._within(BODY_TIMEOUT)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser; from here on it is the application that is waited for."""
        self._idle = True
        self._within(None)
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and counts what it was fed."""
        idle, self._begun = self._idle, False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._begun:
            self._size += len(data)
        else:  # behind another request's end, how much of the bytes is this one's is not known
            self._size = len(data) if idle else 0
        if self._size > (HEAD_LIMIT if self._in_head else self.most):
            self._within(None)
            self.send_400_response("The request is too large.")
        elif idle and not self._begun and self._timer is None:  # bytes that begin no request
            self._within(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._within(None)
        super().connection_lost(exc)

    def _within(self, limit: timedelta | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(limit.total_seconds(), self.transport.abort) if limit else None
