"""Closing a connection without an answer, for which ASGI has no message.

The server's side (`Line`, a protocol for uvicorn) lends each request its transport; the app's side (`HangUp`, a
response) uses it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_EXTENSION = "autoreply.transport"
_ABORT = struct.pack("ii", 1, 0)  # linger on, for no time: the kernel sends RST instead of FIN


class Line(HttpToolsProtocol):
    """One connection of uvicorn, whose requests can reach their transport."""

    def on_message_begin(self) -> None:
        """Called by the parser; uvicorn makes the scope here."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"transport": self.transport}}


class HangUp(Response):
    """Not a response but the end of the connection: a FIN, or with `reset` a RST."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close, and wait until the server has seen it: it would answer 500 for us otherwise."""
        transport = cast(asyncio.Transport, scope["extensions"][_EXTENSION]["transport"])
        if self._reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            transport.abort()
        else:
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass
