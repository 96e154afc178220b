"""One connection of the receiver. uvicorn limits neither the size of a request's head nor the time it may take to come,
and one stranger with an endless header could keep it busy for minutes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT: Final = 64 * 1024  # bytes of request line and headers
HEAD_TIMEOUT: Final = timedelta(seconds=10)  # from the connection or the request's first byte


class Door(HttpToolsProtocol):
    """uvicorn's protocol, with both limits."""

    _head_size = 0
    _head_timer: asyncio.TimerHandle | None = None  # there while a head is awaited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Awaits the first request."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """Called by the parser with a request's first byte."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Called by the parser; the body's limits are the application's."""
        self._forget_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and looks at what it is still waiting for."""
        super().data_received(data)
        if self._head_timer is not None and not self.transport.is_closing():
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self._forget_head()
                self.send_400_response("The request's head is too large.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._forget_head()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._forget_head()
        self._head_size = 0
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT.total_seconds(), self.transport.abort)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
