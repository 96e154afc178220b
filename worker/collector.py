"""Python's collector of cyclic garbage, for processes that run for months on what they have loaded at their start."""

from __future__ import annotations

import gc
from typing import Final

NEW_OBJECTS: Final = 10_000  # between two looks at the young ones; Python's own 700 are fewer than two messages make


def calm() -> None:
    """Call it once, when the libraries are loaded: they are looked through no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
