"""What operators look at and change while the service runs. Each command asks Redis alone, from any host that may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OPERATING: Final[Mapping[str, str]] = {
    "audit": "bot.commands.operating.audit:audit",
    "discard": "bot.commands.operating.messages:discard",
    "export": "bot.commands.operating.export:export",
    "forget": "bot.commands.operating.people:forget",
    "hand-off": "bot.commands.operating.people:hand_off",
    "list": "bot.commands.operating.listing:list_",
    "pause": "bot.commands.operating.accounts:pause",
    "resend": "bot.commands.operating.messages:resend",
    "resume": "bot.commands.operating.accounts:resume",
    "show": "bot.commands.operating.show:show",
    "status": "bot.commands.operating.status:status",
}
