"""The filters of a list of messages, as they stand in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams

from bot.dashboard.roles import Reader
from rules.durations import read_duration
from worker.ledger import State, Wanted

SPANS: Final = ("older", "newer", "closes")
TEXTS: Final = ("account", "rule", "reason", "sender", "text")
OF_PEOPLE: Final = frozenset({"sender", "text"})
HELD: Final = "held"  # 1: nobody looks at it any more but a person
LONGEST: Final = 300  # characters of each


class BadFilter(ValueError):
    """What somebody wrote into one; its text says what to write."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, as it was written."""

    states: tuple[State, ...]  # any of them; in an address one by one, or with commas between
    values: Mapping[str, str]  # by name; those that are empty are left out

    @classmethod
    def read(cls, given: QueryParams | FormData, reader: Reader) -> Self:
        """Raises BadFilter; also for what this reader may not see, and so may not guess at."""
        try:
            names = [name.strip() for text in given.getlist("state") for name in str(text).split(",")]
            states = tuple(dict.fromkeys(State(name) for name in names if name))
        except ValueError as error:
            raise BadFilter(f"there is no such state; write one of {', '.join(State)}") from error
        values = {name: str(given.get(name, "")).strip()[:LONGEST] for name in (*TEXTS, *SPANS, HELD)}
        found = cls(states, {name: value for name, value in values.items() if value})
        if not reader.sees_people and found.values.keys() & OF_PEOPLE:
            raise BadFilter("viewers see neither texts nor numbers, and cannot search by them")
        _ = found.wanted
        return found

    @property
    def wanted(self) -> Wanted:
        spans = {name: _span(name, self.values[name]) for name in SPANS if name in self.values}
        given = self.values.get
        return Wanted(
            states=self.states,
            account=given("account"),
            rule=given("rule"),
            reason=given("reason"),
            sender=given("sender"),
            text=given("text"),
            older=spans.get("older"),
            newer=spans.get("newer"),
            closes_within=spans.get("closes"),
            held=given(HELD) == "1",
        )

    @property
    def query(self) -> str:
        """As it stands in an address."""
        return urlencode([*(("state", state) for state in self.states), *self.values.items()])

    @property
    def words(self) -> str:
        """For a person: what it is that they have in common."""
        found = [f"state {' or '.join(state.replace('_', ' ') for state in self.states)}"] if self.states else []
        found += [f"{name} {self.values[name]}" for name in self.values]
        return ", ".join(found) or "all messages"


def _span(name: str, text: str) -> timedelta:
    span = read_duration(text)
    if span is None:
        raise BadFilter(f"{name}: {text!r} is no duration; write one such as 30m, 12h or 14d")
    return span
