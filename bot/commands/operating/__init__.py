"""What operators look at and change while the service runs. Each command asks Redis alone, from any host that may."""

from __future__ import annotations

from typing import Final

import click

from bot.commands.operating.accounts import pause, resume
from bot.commands.operating.audit import audit
from bot.commands.operating.export import export
from bot.commands.operating.listing import list_
from bot.commands.operating.messages import discard, resend
from bot.commands.operating.people import forget, hand_off
from bot.commands.operating.show import show
from bot.commands.operating.status import status

COMMANDS: Final[tuple[click.Command, ...]] = (
    status,
    list_,
    show,
    resend,
    discard,
    pause,
    resume,
    hand_off,
    forget,
    export,
    audit,
)
