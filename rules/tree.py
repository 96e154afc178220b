"""The tree of a YAML document: texts, lists and maps that know their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from rules.faults import Place


class Text(NamedTuple):
    """A scalar, as it is written: `no`, `12:30` and `+336` are words."""

    place: Place
    value: str


@dataclass(frozen=True, slots=True)
class List:
    """A sequence."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping; its keys are texts and all different."""

    place: Place
    entries: tuple[tuple[Text, Node], ...]


Node: TypeAlias = Text | List | Map
