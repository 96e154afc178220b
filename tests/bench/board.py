"""When each message was sent, acknowledged and answered: one file that the load generator, the provider and whoever
counts have mapped, so that none of them waits for another."""

from __future__ import annotations

import mmap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_SENT, _ACKED, _REPLIED = range(3)
COLUMNS: Final = 3
COUNTERS: Final = 8
DOUBLE: Final = 8  # bytes


class Board:
    """Seconds of the machine's monotonic clock, 0.0 where it has not happened."""

    def __init__(self, path: Path, messages: int) -> None:
        size = (COUNTERS + COLUMNS * messages) * DOUBLE
        with path.open("a+b") as file:
            file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)
        cells = memoryview(self._map).cast("d")
        self._counters = cells[:COUNTERS]
        columns = [cells[COUNTERS + n * messages : COUNTERS + (n + 1) * messages] for n in range(COLUMNS)]
        self.sent, self.acked, self.replied = columns[_SENT], columns[_ACKED], columns[_REPLIED]

    # Each counter is written by one process alone.

    @property
    def acks(self) -> int:
        return int(self._counters[0])

    def ack(self, number: int) -> None:
        self.acked[number] = time.monotonic()
        self._counters[0] += 1

    @property
    def replies(self) -> int:
        """Different messages that have been answered."""
        return int(self._counters[1])

    @property
    def doubles(self) -> int:
        """Answers to messages that had been answered."""
        return int(self._counters[2])

    def reply(self, number: int) -> None:
        if self.replied[number]:
            self._counters[2] += 1
            return
        self.replied[number] = time.monotonic()
        self._counters[1] += 1

    @property
    def refused(self) -> int:
        """Webhooks that were answered with anything but 200, and sent again."""
        return int(self._counters[3])

    def refuse(self) -> None:
        self._counters[3] += 1

    def waits(self, upto: int, since: float) -> Sequence[float]:
        """Seconds from webhook to reply of each message of the first `upto` that was sent after `since`."""
        times = zip(self.sent[:upto], self.replied[:upto], strict=True)
        return [replied - sent for sent, replied in times if replied and sent > since]

    def acknowledging(self, upto: int) -> Sequence[float]:
        """Seconds from webhook to acknowledgement of each of the first `upto`."""
        return [acked - sent for sent, acked in zip(self.sent[:upto], self.acked[:upto], strict=True) if acked]
