"""What must be true of the ledger after every step, whatever the steps were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from tests.clocked import LASTING, LASTING_KINDS, TRIMMED, Look
from worker import keys
from worker.ledger.record import MOVING

ON_ITS_WAY = {str(state) for state in MOVING}
WAITS_FOR_THE_CLOCK = {"claimed", "sending", "retrying"}  # each has its time at which the sweeper looks
MAY_BE_CLAIMED = {"queued", "paused"}


def check(seen: Look, messages: Collection[str]) -> None:
    """AssertionError, with what is wrong; `messages` are the keys of those that were taken in."""
    for key in messages:
        assert key in seen.records, f"{key} is lost"
    for key, record in seen.records.items():
        assert seen.states(key) == [record["state"]], f"{key} is {record['state']}, and stands in {seen.states(key)}"
        assert_it_will_move(seen, key, record)
        assert not record.get("into") or record["state"] == "silent", f"{key} was folded and is {record['state']}"
    for name in seen.sorted_sets:
        if name.startswith(keys.READY):
            assert_may_be_claimed(seen, name)
    assert_one_at_a_time(seen)
    for key in seen.forever:
        assert key in LASTING | TRIMMED or key.startswith(LASTING_KINDS), f"{key} lives for ever"


def assert_it_will_move(seen: Look, key: str, record: dict[str, str]) -> None:
    """It is at rest; or a worker may claim it, or the sweeper will look at it, or whoever goes before it will."""
    state, due, ready = record["state"], seen.ids(keys.DUE), seen.ids(keys.READY + record["account"])
    if state not in ON_ITS_WAY:
        return
    if state in WAITS_FOR_THE_CLOCK:
        assert key in due, f"{key} is {state}, and nobody will look"
        assert key not in ready, f"{key} is {state}, and ready"
    elif key not in due and key not in ready:
        turn = seen.turn(record)
        before = seen.records.get(turn or "", {}).get("state")
        assert turn != key, f"{key} has its turn, and nobody knows"
        assert before in ON_ITS_WAY, f"{key} waits for {turn}, which is {before}"
        assert key in seen.line(record), f"{key} waits for nothing"


def assert_may_be_claimed(seen: Look, ready: str) -> None:
    for key in seen.ids(ready):
        record = seen.records.get(key)
        if record is not None:  # else it was forgotten, and is passed over
            assert record["state"] in MAY_BE_CLAIMED, f"{key} is {record['state']}, and ready"
            assert seen.turn(record) == key, f"{key} is ready out of turn"


def assert_one_at_a_time(seen: Look) -> None:
    busy = Counter(each["conversation"] for each in seen.records.values() if each["state"] in ("claimed", "sending"))
    assert max(busy.values(), default=0) <= 1, f"two of one conversation at once: {busy}"
