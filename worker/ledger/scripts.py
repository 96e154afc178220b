"""The scripts beside this file, ready to run: each with the names that it shares with Python."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

from pydantic_core import from_json, to_json
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from worker import keys, queue
from worker.ledger.conversation import REPLIES
from worker.ledger.lane import Lane
from worker.ledger.record import MOVING, State
from worker.ledger.times import Times

FORMAT: Final = 2  # of a record; 1 knew no turns, and is read and carried on (see look.queued in sweep.lua)
POISON: Final = 3  # a message that crashed its worker this often is given up
SWEEP_AT_MOST: Final = 200  # records in one sweep: a script holds up every other client of the server
LOOK_AT: Final = 20  # of everything that is queued, in one sweep
HEAD: Final = 64  # of what is ready, looked at at once
PAGE: Final = 50  # records that are read on one trip: a few milliseconds of the server
BEHIND: Final = 20  # messages of a conversation that are answered together at most
PATH: Final = 4_000  # characters of a record's states and times: a hundred and more
PAIR_BURST: Final = 45  # replies to one person at once (Meta: pair rate limit)
BREAKER: Final = 5  # failures in a row that shut an account
HOUR: Final = 3_600_000
MINUTE_MS: Final = 60_000
BUCKET: Final = 300_000  # ms of evidence counted together
MINUTES_KEPT: Final = 48 * 60  # of what is counted by the minute
# ms from a message to its reply, up to each of which they are counted together; what takes longer is counted besides.
LATENCIES: Final = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 180_000, 600_000)
PATIENCE: Final = timedelta(seconds=1.5)  # with Redis; a receiver answers its 503 within 2 s

AUDIT_LENGTH: Final = 10_000  # of what operators did, the latest
AUDIT_KEPT: Final = 365 * 24 * HOUR  # ms, and no longer than this

BEFORE: Final = ("shared", "accounts", "notices", "audit")  # every script
BEHIND_ALL: Final = "many"

T = TypeVar("T")

# LedgerUnavailable
# ├── LedgerRefused
# └── LedgerDamaged


class LedgerUnavailable(Exception):
    """Redis is away, frozen, full, loading or read-only: nothing is known to be written. Try again later."""


class LedgerRefused(LedgerUnavailable):
    """Redis is there, and says no: it is full or read-only, or takes what was asked for no question."""


class LedgerDamaged(LedgerUnavailable):
    """What stands there is not what we wrote. To ask again at once would be told the same."""


async def ask_redis(question: Awaitable[T]) -> T:
    """The answer. Raises LedgerUnavailable for whatever Redis, the line or the clock say against it."""
    return await _translated(_in_time(question))


async def _in_time(question: Awaitable[T]) -> T:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        return await question


async def _translated(question: Awaitable[T]) -> T:
    try:
        return await question
    except ResponseError as error:
        kind = LedgerDamaged if _is_damage(error) else LedgerRefused
        raise kind(f"{type(error).__name__}: {error}") from error
    except (RedisError, TimeoutError, OSError) as error:
        raise LedgerUnavailable(f"{type(error).__name__}: {error}") from error


class Scripts:
    """Runs them by name. Raises LedgerUnavailable, and nothing else of Redis's."""

    def __init__(self, redis: Redis, times: Times) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self._lane = Lane(redis, PATIENCE)
        self._header = _header(times) + "".join(map(_source, BEFORE))
        self._redis = redis
        self._scripts: dict[str, Any] = {}

    async def run(self, name: str, **call: Any) -> dict[str, Any]:
        """The script's answer."""
        call["clock"] = queue.rq_time(datetime.now(UTC))  # for RQ's own fields; decisions use the server's clock
        if name not in self._scripts:
            self._scripts[name] = self._redis.register_script(self._whole(name))
        answer = await _translated(self._lane.run(self._scripts[name], _json(call)))
        found: dict[str, Any] = from_json(answer)
        return found

    def _whole(self, name: str) -> str:
        return f"{self._header}local function run()\n{_source(name)}end\n{_source(BEHIND_ALL)}"

    async def aclose(self) -> None:
        """Ends the round trip under way."""
        await self._lane.aclose()


def _json(call: Mapping[str, Any]) -> str:
    try:
        return to_json(call).decode()  # in a quarter of the time
    except ValueError:  # half a surrogate pair, which the standard library escapes
        return json.dumps(call)


def _is_damage(error: ResponseError) -> bool:
    """A script stumbled over it. What is the server's own trouble has a class of its own, or begins with its code."""
    said = str(error)
    is_plain = type(error) is ResponseError
    return is_plain and (said.startswith("WRONGTYPE") or ("user_script:" in said and not said[:2].isupper()))


@cache
def _source(name: str) -> str:
    return files("worker.ledger").joinpath(f"{name}.lua").read_text(encoding="utf-8")


def _header(times: Times) -> str:
    """The names that the scripts share with Python, so that each has one home."""
    names: dict[str, str | int] = {
        name: value for name, value in vars(keys).items() if name.isupper() and isinstance(value, str)
    }
    names |= {name.upper(): int(span / timedelta(milliseconds=1)) for name, span in _spans(times).items()}
    names |= {"QUEUE": queue.NAME, "QUEUE_KEY": queue.QUEUE_KEY, "QUEUES_KEY": queue.QUEUES_KEY}
    names |= {"JOB": queue.JOB, "JOB_PREFIX": queue.JOB_PREFIX, "DESCRIPTION": queue.DESCRIPTION}
    names |= {"JOB_TIMEOUT": int(queue.TIMEOUT.total_seconds()), "FAILURE_TTL": int(queue.FAILURE_TTL.total_seconds())}
    names |= {"FORMAT": FORMAT, "POISON": POISON, "SWEEP_AT_MOST": SWEEP_AT_MOST, "LOOK_AT": LOOK_AT, "PAGE": PAGE}
    names |= {
        "REPLIES": REPLIES,
        "BEHIND": BEHIND,
        "PATH": PATH,
        "PAIR_BURST": PAIR_BURST,
        "BREAKER": BREAKER,
        "HEAD": HEAD,
    }
    names |= {"HOUR": HOUR, "BUCKET": BUCKET, "AUDIT_LENGTH": AUDIT_LENGTH, "AUDIT_KEPT": AUDIT_KEPT}
    names |= {"FAILED_KEY": queue.FAILED_KEY, "RESULTS_PREFIX": queue.RESULTS_PREFIX}
    names |= {"MINUTES_KEPT": (MINUTES_KEPT + 5) * MINUTE_MS, "MINUTE_MS": MINUTE_MS, "DAY": 24 * HOUR}
    lines = [f"local {name} = {json.dumps(value)}" for name, value in names.items()]
    at_rest = ", ".join(f"'{state}'" for state in State if state not in MOVING)
    latencies = ", ".join(map(str, LATENCIES))
    return "\n".join([*lines, f"local STATES = {{{at_rest}}}", f"local LATENCIES = {{{latencies}}}", ""])


def _spans(times: Times) -> dict[str, timedelta]:
    return {name: getattr(times, name) for name in times.__dataclass_fields__}
