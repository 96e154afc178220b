"""Texts of replies: plain text with `{placeholder}`; a brace itself is written twice.

Values are put in once and never read again: a customer who writes `{book}` gets it back as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONGEST_REPLY = 4096  # characters; WhatsApp refuses longer texts

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name in braces."""

    name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One text, cut at its placeholders."""

    parts: tuple[str | Placeholder, ...]
    names: tuple[str, ...] = field(init=False)  # the placeholders in it, in order
    plain: str | None = field(init=False)  # what it says where that hangs on no value

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(part.name for part in self.parts if isinstance(part, Placeholder)))
        object.__setattr__(self, "plain", None if self.names else self._filled({}))

    def fill(self, values: Mapping[str, str]) -> str | None:
        """The text to send, cut at 4096 characters; None where it is blank. `values` has every one of `names`."""
        return self._filled(values) if self.names else self.plain

    def _filled(self, values: Mapping[str, str]) -> str | None:
        texts = [values[part.name] if isinstance(part, Placeholder) else part for part in self.parts]
        text = "".join(texts)[:LONGEST_REPLY]
        return None if text.isspace() else text or None


def read_reply(text: str) -> Reply | None:
    """Cut the text at its placeholders; None where a brace has no partner."""
    parts: list[str | Placeholder] = []
    for match in _PART.finditer(text):
        piece = match[0]
        if piece in ("{", "}"):
            return None
        if match[1] is not None:
            parts.append(Placeholder(match[1].strip()))
        else:
            parts.append(piece[0] if piece in ("{{", "}}") else piece)
    return Reply(tuple(parts))


def choose(variants: Sequence[Reply], message_id: str) -> Reply | None:
    """One of the variants, always the same for one message; None where there is none."""
    if len(variants) < 2:
        return variants[0] if variants else None
    digest = hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).digest()
    return variants[int.from_bytes(digest[:8]) % len(variants)]
