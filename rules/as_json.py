"""A decision as JSON: what `autoreply rules try --json` prints and what is recorded with a message."""

from __future__ import annotations

from typing import Any

from rules.durations import write_duration
from rules.model import Action, Decision, Shadow


def decision_json(decision: Decision) -> dict[str, Any]:
    """`{"rule", "reply", "matched": {"phrase", "words"}, "actions", "placeholders", "trace": [{"rule", "verdict",
    "because"}]}`; `rule` and `reply` are None where nothing answers, actions are as a book writes them. Where they say
    something, also `"silence"` (why nothing is sent) and `"shadows": [{"rule", "reply"}]`."""
    return {
        "rule": decision.rule,
        "reply": decision.reply,
        "matched": {"phrase": decision.matched.phrase, "words": list(decision.matched.words)},
        "actions": [action_json(action) for action in decision.actions],
        "placeholders": dict(decision.placeholders),
        "trace": [{"rule": step.rule, "verdict": step.verdict, "because": step.because} for step in decision.trace],
        **({"silence": decision.silence} if decision.silence else {}),
        **({"shadows": [shadow_json(each) for each in decision.shadows]} if decision.shadows else {}),
    }


def action_json(action: Action) -> str | dict[str, str]:
    """An action as an item of `then`: `"opt_out"`, `{"hand_off": "4h"}`, `{"tag": "vip"}`."""
    if action.duration is not None:
        return {action.name: write_duration(action.duration)}
    return action.name if action.value is None else {action.name: action.value}


def shadow_json(shadow: Shadow) -> dict[str, str | None]:
    """`{"rule", "reply"}` of a rule in shadow."""
    return {"rule": shadow.rule, "reply": shadow.reply}
