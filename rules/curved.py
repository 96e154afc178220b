"""Curved quotes, those of print: to YAML they are letters like any other, so they quote nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

CLOSING = {"“": "”", "„": "“”", "‟": "”", "”": "”", "«": "»", "»": "«", "‘": "’", "‚": "‘’", "‹": "›", "›": "‹"}
_APOSTROPHE = "’"


def unquoted(text: str) -> str | None:
    """What stands between curved quotes, where they are around the whole text: “Hello”, „Hallo“, « Salut »."""
    written = text.strip()
    first, inside, last = written[:1], written[1:-1].strip(), written[-1:]
    if not inside or last not in CLOSING.get(first, ""):
        return None
    return None if ({first, last} - {_APOSTROPHE}) & set(inside) else inside


def split_at_comma(texts: Sequence[str]) -> tuple[int, str] | None:
    """Which of the items of a list begins a text in curved quotes that has been cut at its comma, and the whole of it:
    `[“yes, please”]` is the list of `“yes` and `please”`."""
    for place, (text, following) in enumerate(pairwise(texts)):
        together = f"{text}, {following}"
        if text[:1] in CLOSING and unquoted(text) is None and (whole := unquoted(together)) is not None:
            return place, whole
    return None
