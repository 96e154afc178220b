"""Text that must not be seen: tokens, and addresses with passwords in them."""

from __future__ import annotations


class Secret:
    """Text that shows itself only where it is asked to."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"
