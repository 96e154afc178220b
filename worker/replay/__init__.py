"""Recorded messages under another book: what would change. Values in, values out; nothing is sent or written.

Each message is asked again by itself, at the time and with the conversation with which it was decided then. So a change
has no effect on the messages after it, as a tag would have that only the new book gives.
"""

from worker.replay.comparing import KINDS, Change, Kind, Replay, Report, Said, compare
from worker.replay.questions import Question
from worker.replay.reasons import Reasons
from worker.replay.shadows import SHADOW_KINDS, ShadowChange, ShadowKind, ShadowReport
from worker.replay.standings import Standing

__all__ = [
    "KINDS",
    "SHADOW_KINDS",
    "Change",
    "Kind",
    "Question",
    "Reasons",
    "Replay",
    "Report",
    "Said",
    "ShadowChange",
    "ShadowKind",
    "ShadowReport",
    "Standing",
    "compare",
]
