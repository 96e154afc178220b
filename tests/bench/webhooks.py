"""Webhooks as Prelude sends them, signed before anything is measured: a signature takes a millisecond to make.

Message n comes from the number +1555 and n in seven digits, which is how the provider knows whom it answers.
"""

from __future__ import annotations

import json
import mmap
import os
from array import array
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.events import nanoseconds, sign

PREFIX: Final = b"+1555"
DIGITS: Final = 7
PATH: Final = "/webhooks/prelude"
WINDOW: Final = timedelta(hours=24)
SHARE: Final = 500  # messages that one process signs at a time


def sender_of(number: int) -> str:
    """Who writes message `number`."""
    return f"{PREFIX.decode()}{number:0{DIGITS}}"


def number_of(body: bytes) -> int:
    """The message that a reply answers. Raises ValueError where there is none."""
    at = body.index(PREFIX) + len(PREFIX)
    return int(body[at : at + DIGITS])


def event(number: int, text: str) -> bytes:
    now = datetime.now(UTC)
    return json.dumps(
        {
            "id": f"evt_{number:026}",
            "type": "inbound.message.received",
            "payload": {
                "message_id": f"im_{number:026}",
                "channel": "whatsapp",
                "from": sender_of(number),
                "to": "+14155551234",
                "content": {"text": text},
                "conversation": {"window_expires_at": nanoseconds(now + WINDOW)},
            },
            "created_at": nanoseconds(now),
        }
    ).encode()


class Webhooks:
    """Whole requests, one behind another in a file, with where each begins in another."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._requests = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = array("Q", _index(path).read_bytes())

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> bytes:
        return self._requests[self._starts[number] : self._starts[number + 1]]


def write_webhooks(path: Path, texts: Sequence[str], key: Path) -> None:
    """Signs a webhook for each text with the private key in the file `key`."""
    shares = [(start, texts[start : start + SHARE]) for start in range(0, len(texts), SHARE)]
    starts, at = array("Q", [0]), 0
    with path.open("wb") as file, ProcessPoolExecutor(os.cpu_count()) as pool:
        for requests in pool.map(partial(_requests, key), shares):
            for request in requests:
                at += file.write(request)
                starts.append(at)
    _index(path).write_bytes(starts.tobytes())


def _index(path: Path) -> Path:
    return path.with_suffix(".index")


def _requests(key: Path, share: tuple[int, Sequence[str]]) -> list[bytes]:
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, RSAPrivateKey)
    start, texts = share
    return [_request(event(start + at, text), private) for at, text in enumerate(texts)]


def _request(body: bytes, key: RSAPrivateKey) -> bytes:
    head = [
        f"POST {PATH} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"x-webhook-signature: {sign(body, key)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
