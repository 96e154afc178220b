"""A decision as JSON: what `autoreply rules try --json` prints and what is recorded with a message. And a moment, which
looks the same in whatever is printed, answered or sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NotRequired, overload

from typing_extensions import TypedDict

from rules.durations import write_duration
from rules.model import Action, Decision, Shadow, Silence, Verdict


class MatchedJson(TypedDict):
    """What made the rule fire."""

    phrase: str | None  # as the book writes it; none where no text was compared
    words: list[str]  # as the message writes them


class StepJson(TypedDict):
    """One rule's line in the trace of a decision."""

    rule: str  # its name
    verdict: Verdict  # what became of it
    because: str  # what matched, or the first condition that failed


class ShadowJson(TypedDict):
    """What a rule in shadow would have answered."""

    rule: str  # its name
    reply: str | None  # its text; none is silence


class DecisionJson(TypedDict):
    """What the book says about one message, and why."""

    rule: str | None  # that answers
    reply: str | None  # what is sent; none is silence
    matched: MatchedJson  # what made the rule fire
    actions: list[str | dict[str, str]]  # what the rule does besides replying, as a book writes it
    placeholders: dict[str, str]  # what stands in the reply for each
    trace: list[StepJson]  # every rule of the book in order
    silence: NotRequired[Silence]  # why nothing is sent
    shadows: NotRequired[list[ShadowJson]]  # what rules in shadow would have answered, in order


@overload
def iso(at: datetime) -> str: ...
@overload
def iso(at: None) -> None: ...
def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds: `2026-12-01T09:30:00.000+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds") if at else None


def decision_json(decision: Decision) -> DecisionJson:
    """`silence` and `shadows` are there where they say something."""
    found: DecisionJson = {
        "rule": decision.rule,
        "reply": decision.reply,
        "matched": {"phrase": decision.matched.phrase, "words": list(decision.matched.words)},
        "actions": [action_json(action) for action in decision.actions],
        "placeholders": dict(decision.placeholders),
        "trace": [{"rule": step.rule, "verdict": step.verdict, "because": step.because} for step in decision.trace],
    }
    if decision.silence:
        found["silence"] = decision.silence
    if decision.shadows:
        found["shadows"] = [shadow_json(each) for each in decision.shadows]
    return found


def action_json(action: Action) -> str | dict[str, str]:
    """An action as an item of `then`: `"opt_out"`, `{"hand_off": "4h"}`, `{"tag": "vip"}`."""
    if action.duration is not None:
        return {action.name: write_duration(action.duration)}
    return action.name if action.value is None else {action.name: action.value}


def shadow_json(shadow: Shadow) -> ShadowJson:
    """`{"rule", "reply"}` of a rule in shadow."""
    return {"rule": shadow.rule, "reply": shadow.reply}
