"""The book in force, and how a changed file replaces it: look → look again → load → replace, or refuse.

The file is looked at every second, by hand. A watcher (watchfiles, over inotify) would be told sooner and know less:

    an editor that writes in place   a watcher is told in the middle of it and has to wait for quiet, so by the clock
    one that renames                 a watch on the file stays with the old one; it would have to be on the folder
    ConfigMap (`..data` is swapped)  so is it here, where no event bears the file's own name
    NFS, containers' bind mounts     changes made on another host, or outside a virtual machine, are no event at all
    a file that is gone for a moment the watch is gone with it

A look each second serves them all in the same way, and costs microseconds: the file is opened, since NFS asks its
server at an open and may answer a bare `stat` from a cache that is a minute old; it is read only if what `fstat` says
of it is new, and compared by content. What no way of looking sees is a file replaced under a bind mount of that one
file (or a `subPath`): the mount holds on to the old one. Mount the folder.

A content comes into force, or is refused, once two looks at least a second apart have seen the same: half of a file
may parse, too. That a file is missing or cannot be read is a content like any other in this. So a change takes one to
two seconds and the time that its loading takes, which is spent in a thread: replies go on by the old book.

A start believes one look. Where the file is bad then, the book that was last in force is (see keeper).
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rules import Book, BookError, parse
from rules.decoding import LARGEST_FILE
from rules.loader import read, version_of
from worker import log

APART: Final = timedelta(seconds=1)  # two looks that must agree, and any two that nobody asked for
MOST_FAULTS: Final = 20  # that are told of one refusal; a book with every line wrong has thousands

Stat = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A content of the file that was not taken; the book before it stays in force."""

    version: str | None  # that the book would have had; None where the file could not be read
    faults: tuple[str, ...]  # as they are printed; of many, the first


@dataclass(frozen=True, slots=True)
class Edition:
    """A book that is or was in force."""

    book: Book
    data: bytes  # what it was read from
    since: datetime  # aware: it came into force


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look saw: bytes, or why there were none."""

    content: str  # equal where what was seen is: the version of the bytes, or the reason
    data: bytes | None
    stat: Stat | None


class Shelf:
    """Holds the one book by which this process decides. Read `book` once for a message, and use that one throughout."""

    def __init__(
        self,
        file: Path,
        edition: Edition | None = None,
        *,
        asked: asyncio.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins with what the file holds, or with `edition` and `look_at_start`. Raises BookError.

        Whoever sets `asked` wants a look now; `clock` counts seconds.
        """
        self.file = file
        self.edition = edition or _edition(read(file), file)
        self.refusal: Refusal | None = None  # of what the file holds instead
        self.counts = {"book_loaded": 0, "book_refused": 0}  # since the start
        self._log = log.logger()
        self._asked = asyncio.Event() if asked is None else asked
        self._clock = clock
        self._decided = self.book.version  # the content that was last loaded or refused
        self._fresh: tuple[str, float] | None = None  # a content that was seen once, and when
        self._known: Stat | None = None  # under this stat is what was decided
        self._sure = clock()

    @property
    def book(self) -> Book:
        """The one in force."""
        return self.edition.book

    def adopt(self, edition: Edition) -> None:
        """Puts a book in force that is not the file's. What the file holds stays refused."""
        old, self.edition = self.edition, edition
        self._say_loaded(old, "book_adopted")

    def look_now(self) -> None:
        """Asks for a look at once. A change that it finds still needs its second look, a second later."""
        self._asked.set()

    def sure_since(self, moment: float) -> bool:
        """Whether all that the file held at this moment of the clock is loaded or refused."""
        return self._sure >= moment

    async def keep_up(self) -> None:
        """Looks every second, and when asked, until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._asked.wait()
                    self._log.info("look_asked_for")
            self._asked.clear()
            await self.look()

    async def look_at_start(self) -> None:
        """Looks at the file once, and acts at once."""
        seen = await asyncio.to_thread(self._see)
        if seen is not None:
            await self._decide(seen)

    async def look(self) -> None:
        """Looks at the file once, and acts where a look before has seen the same."""
        began = self._clock()
        seen = await asyncio.to_thread(self._see)
        if seen is not None and seen.content != self._decided:
            self._known = None
            if self._fresh is None or self._fresh[0] != seen.content:
                self._fresh = (seen.content, self._clock())
            if began - self._fresh[1] < APART.total_seconds():
                return
            await self._decide(seen)
        elif seen is not None:
            self._known = seen.stat
        self._fresh = None
        self._sure = began

    def _pause(self) -> float:
        """Seconds until the next look."""
        passed = 0.0 if self._fresh is None else self._clock() - self._fresh[1]
        return max(0.0, APART.total_seconds() - passed)

    def _see(self) -> _Seen | None:
        """What the file holds; None where its stat says that it is what was decided."""
        try:
            _insist_on_a_file(self.file.stat())
            with open(self.file, "rb", opener=_without_waiting) as file:
                found = os.fstat(file.fileno())
                _insist_on_a_file(found)
                identity = _identity(found)
                if identity == self._known:
                    return None
                data = file.read(LARGEST_FILE + 1)  # one more than a book may have: it will be refused
        except OSError as error:
            return _Seen(error.strerror or type(error).__name__, None, None)
        return _Seen(version_of(data), data, identity)

    async def _decide(self, seen: _Seen) -> None:
        self._decided = seen.content
        if seen.data is None:
            self._refuse(None, [f"{self.file}: cannot read the book: {seen.content}; put it back"])
        elif seen.content == self.book.version:
            self.refusal = None
            self._log.info("book_back", book=self.book.version)
        else:
            await self._load(seen.content, seen.data)

    async def _load(self, version: str, data: bytes) -> None:
        try:
            edition = await asyncio.to_thread(_edition, data, self.file)
        except BookError as error:
            self._refuse(version, [str(fault) for fault in error.faults])
        except Exception as error:  # the reader's edge: a fault of ours costs one book, not the worker
            self._refuse(version, [f"{self.file}: a fault of autoreply, not of the book ({type(error).__name__})"])
        else:
            old, self.edition, self.refusal = self.edition, edition, None
            self._say_loaded(old, "book_loaded")

    def _say_loaded(self, old: Edition, event: str) -> None:
        self.counts["book_loaded"] += 1
        self._log.info(event, old=old.book.version, new=self.book.version, rules=len(self.book.rules))

    def _refuse(self, version: str | None, faults: list[str]) -> None:
        more = len(faults) - MOST_FAULTS
        told = [*faults[:MOST_FAULTS], f"and {more} more"] if more > 0 else faults
        self.refusal = Refusal(version, tuple(told))
        self.counts["book_refused"] += 1
        self._log.error("book_refused", stays=self.book.version, refused=version, faults=told)


def _edition(data: bytes, file: Path) -> Edition:
    """Raises BookError."""
    return Edition(parse(data, str(file)), data, datetime.now(UTC))


def _insist_on_a_file(found: os.stat_result) -> None:
    """Raises OSError for a pipe, a socket, a device or a folder: to open or to read some of them takes for ever."""
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    """Opens it, also where it has become a pipe since it was looked at, for which nobody writes."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _identity(found: os.stat_result) -> Stat:
    """Changes with each change of the file, also where its time is set back: the inode's own time cannot be."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
