"""A decision as JSON: what `autoreply rules try --json` prints and what is recorded with a message."""

from __future__ import annotations

from typing import Any

from rules.durations import write_duration
from rules.model import Action, Decision


def decision_json(decision: Decision) -> dict[str, Any]:
    """`{"rule", "reply", "matched": {"phrase", "words"}, "actions", "placeholders", "trace": [{"rule", "verdict",
    "because"}]}`; `rule` and `reply` are None where nothing answers, actions are as a book writes them."""
    return {
        "rule": decision.rule,
        "reply": decision.reply,
        "matched": {"phrase": decision.matched.phrase, "words": list(decision.matched.words)},
        "actions": [action_json(action) for action in decision.actions],
        "placeholders": dict(decision.placeholders),
        "trace": [{"rule": step.rule, "verdict": step.verdict, "because": step.because} for step in decision.trace],
    }


def action_json(action: Action) -> str | dict[str, str]:
    """An action as an item of `then`: `"opt_out"`, `{"hand_off": "4h"}`."""
    if action.duration is None:
        return action.name
    return {action.name: write_duration(action.duration)}
