"""Who may do what. Held here, and asked for by pages and API alike: that a button is missing keeps nobody out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each may do what those below it may."""

    NOBODY = 0  # has not logged in
    VIEWER = 1  # looks, sees neither numbers nor texts, and changes nothing
    OPERATOR = 2


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks."""

    role: Role
    name: str  # for the audit trail
    presenting: bool = False  # shows the screen to others: sees of people what a viewer sees
    session: str = ""  # its id; a program has none

    @property
    def may_act(self) -> bool:
        return self.role >= Role.OPERATOR

    @property
    def sees_people(self) -> bool:
        """Numbers, and what was written."""
        return self.role >= Role.OPERATOR and not self.presenting


NOBODY = Reader(Role.NOBODY, "")
