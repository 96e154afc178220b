"""The providers that the sandbox can play: one file or package each, and a line in the table below.

To add one, write a subclass of `bot.sandbox.provider.Provider`. It owns all that is the provider's own; conversations,
faults, the pace of delivery and the repetition of webhooks are the sandbox's, and the same for all.

1. Customers write. `new_ids` makes the ids, `inbound` the webhook request, `sign` its headers, anew on each attempt.
   `taken` says which answers are good; return None from `inbound` where the provider announces nothing.
2. The business answers. `endpoints` lists the paths. For each request the sandbox calls `authorize` with the head,
   `read` with the body, and then the endpoint's `accept`. That checks it by the provider's documents, raises
   RefusedError with a code or gives a Reply or a Template, and the response. Put into these what the request
   said in the fields that they have, numbers in E.164; `request` keeps the body as it was posted.
   A provider that takes a late reply and tells only afterwards sets `failing` to the reason.
3. What is refused, by `accept` or by a fault, looks as `refusal` says. Two codes have names: `unreadable` and
   `rate_limited`.
4. Delivery. `events` gives the webhook requests of each step: to `webhook_url`, or where the request asked for them.
5. `create` lets the command line play it, and `sections` says how an accounts file names it.

A test serves a world with it, `serve_sandbox(World(Mine(...), webhook_url=...))`, and talks to it by HTTP as the
business would; tests/test_sandbox.py does so with Prelude. Name the documents in the docstring, and say what they leave
open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.sandbox.provider import Provider
from bot.sandbox.providers.channel import Channel
from bot.sandbox.providers.kaleyra import Kaleyra
from bot.sandbox.providers.meta import Meta
from bot.sandbox.providers.mojeeb import Mojeeb
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.providers.twilio import Twilio

PROVIDERS: Final[Mapping[str, type[Provider]]] = {
    "kaleyra": Kaleyra,
    "meta": Meta,
    "mojeeb": Mojeeb,
    "prelude": Prelude,
    "twilio": Twilio,
    "webhook": Channel,
}
