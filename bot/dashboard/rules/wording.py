"""What these pages call things."""

from __future__ import annotations

from typing import Final

TABS: Final = (
    ("", "Rules"),
    ("/try", "Playground"),
    ("/change", "Change"),
    ("/unmatched", "Unmatched"),
    ("/history", "History"),
)
KINDS: Final = {
    "loses_reply": "lose their reply",
    "gains_reply": "gain a reply",
    "other_rule": "get another rule",
    "other_actions": "have something else done for them",
    "other_text": "get another text",
    "other_silence": "stay silent for another reason",
    "loses_shadow": "lose an answer in shadow",
    "gains_shadow": "gain an answer in shadow",
}
SILENCES: Final = {
    "no_rule": "no rule answers",
    "no_reply": "the rule has no reply",
    "opted_out": "the sender has opted out",
    "handed_off": "a person answers",
    "cooldown": "the rule answered a short while ago",
    "reply_limit": "the reply limit is reached",
    "shadow": "only a rule in shadow answers",
}
