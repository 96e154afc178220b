"""Server-sent events for the phone: `ready` first, then `message`, `reply`, `template` and `state`, each with the whole
entry."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from bot.sandbox.conversations import Conversations

PING = 15.0  # seconds; proxies and browsers give up on silent connections


async def stream(conversations: Conversations, number: str, ping: float = PING) -> AsyncIterator[str]:
    """News of one conversation, as the lines of an event stream. Ends when the world does."""
    with conversations.listen(number) as news:
        # whoever loads the conversation after this line misses nothing
        yield "event: ready\ndata: {}\n\n"
        while True:
            try:
                item = await asyncio.wait_for(news.get(), ping)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if item is None:
                return
            what, entry = item
            yield f"event: {what}\ndata: {json.dumps(entry.as_json())}\n\n"
