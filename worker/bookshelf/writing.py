"""A changed book written over its file, so that whoever reads it sees the old one or the new one, and never a half.

It is written beside, with the mode and the owner of what it replaces, and renamed into its place; a link is followed,
and what it points to is replaced. The workers' ordinary look at their files takes it from there.

NotWritten      the file is as it was; says why, and what to do
└── Overtaken   it holds what whoever changes it has not seen
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from rules import BookError
from rules.loader import read, version_of

_SENTENCES: Final = {
    errno.EACCES: "this process may not write in its folder; give the dashboard's user the right to",
    errno.EPERM: "it is another user's, and this process may give no file away; make the dashboard's user its owner",
    errno.EROFS: "it is on a file system that is mounted read-only",
    errno.EBUSY: "it is mounted by itself into this container, and cannot be replaced; mount its folder",
    errno.ENOSPC: "the disk is full",
}


_EFFECTIVE: Final = os.access in os.supports_effective_ids  # not where the platform cannot ask so


class NotWritten(Exception):
    """The file is as it was. Its text is a sentence for whoever wants to change it."""


class Overtaken(NotWritten):
    """The file holds what whoever changes it has not seen."""

    def __init__(self, holds: str) -> None:
        super().__init__(f"the file holds version {holds} by now, which is another than the one that you began with")
        self.holds = holds


def why_not(file: Path) -> str | None:
    """Why this file cannot be written from here; None where it seems that it can."""
    try:
        target = _target(file)
        if not os.access(target.parent, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
            return _said(file, OSError(errno.EACCES, ""))
    except NotWritten as error:
        return str(error)
    return None


def write_book(file: Path, data: bytes, *, seen: Collection[str]) -> None:
    """Puts the bytes in the file's place. `seen` are the versions of which one must be there, else it has changed
    meanwhile. Raises NotWritten. Blocks for as long as the disk does."""
    target = _target(file)
    try:
        with _alone_in(target.parent):
            holds = _version(target)
            if holds not in seen:
                raise Overtaken(holds)
            _replace(target, data)
    except OSError as error:
        raise NotWritten(_said(file, error)) from error


def _target(file: Path) -> Path:
    """What is replaced: the file, or what it is a link to."""
    target = Path(os.path.realpath(file))
    if any(part.startswith("..") for part in target.parts):
        raise NotWritten(
            f"{file} comes from a ConfigMap or a Secret of Kubernetes, which only its own source can change;"
            " change it there"
        )
    if not target.is_file():
        raise NotWritten(f"{file} is no file of this host; the dashboard can change a book where it is")
    return target


def _version(target: Path) -> str:
    try:
        return version_of(read(target))
    except BookError as error:
        raise NotWritten(str(error)) from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One at a time of those that write books here by this function: between the look and the rename nobody else."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        os.fsync(lock)  # the rename
    finally:
        os.close(lock)


def _replace(target: Path, data: bytes) -> None:
    was = target.stat()
    number, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            now = os.fstat(number)
            if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
                os.fchown(number, was.st_uid, was.st_gid)
            os.fchmod(number, was.st_mode & 0o7777)
            file.write(data)
            file.flush()
            os.fsync(number)
        Path(beside).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise


def _said(file: Path, error: OSError) -> str:
    why = _SENTENCES.get(error.errno or 0) or error.strerror or type(error).__name__
    return f"{file} cannot be written: {why}"
