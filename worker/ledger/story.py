"""One message's story, as its record and its conversation tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rules.model import Conversation
from worker.ledger.conversation import read_conversation
from worker.ledger.fields import moment
from worker.ledger.looking import moments
from worker.ledger.record import DAMAGE, Record, State

_STEP: Final = re.compile(r" ([a-z_]+) ([0-9]{1,14})(?![0-9])")
_STATES: Final = frozenset(State)


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of one message. What is damaged is left out of it, and the rest told."""

    key: str
    fields: Mapping[str, str]  # of the record, as they stand
    remembered: Mapping[str, str]  # of the conversation, as they stand; empty where it is gone
    messages: int  # of the conversation, within the retention time
    due: datetime | None  # when the sweeper looks at it again

    @property
    def record(self) -> Record | None:
        """None where it is damaged, or of a newer version."""
        try:
            return Record.read(self.key, self.fields)
        except DAMAGE:
            return None

    @property
    def window(self) -> datetime | None:
        """When that of its conversation closes, as far as that is remembered."""
        return next(iter(moments(self.remembered.get("window"))), None)

    @property
    def path(self) -> list[tuple[str, datetime]]:
        """Each state that it came into, and when; the latest hundred and more. Of an older version's: none."""
        steps = _STEP.findall(self.fields.get("path", ""))
        return [(state, moment(at)) for state, at in steps if state in _STATES]  # the first may be cut in two

    @property
    def attempts(self) -> dict[int, dict[str, Any]]:
        """What came of each attempt, under `evidence` what delivery events said of it, and under `part`
        which it was of a reply in several."""
        found: dict[int, dict[str, Any]] = {}
        for name, text in self.fields.items():
            kind, _, number = name.partition(":")
            if not number.isdecimal() or len(number) > 9:
                continue
            if kind in ("evidence", "part"):
                found.setdefault(int(number), {})[kind] = text
            elif kind == "attempt":
                found[int(number)] = _entry(text) | found.get(int(number), {})
        return dict(sorted(found.items()))

    @property
    def conversation(self) -> Conversation | None:
        try:
            return read_conversation(self.remembered, first=False) if self.remembered else None
        except DAMAGE:
            return None


def _entry(text: str) -> dict[str, Any]:
    try:
        entry = json.loads(text)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
