"""A book that is changed while the service runs, in real processes: in force everywhere within seconds, or nowhere."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.changing import BAD, BROKEN_PROMISE, ONE, SLOW, TWO, book, by_rename, in_place, reloaded, version
from tests.service import Service, service
from tests.stand_in import until
from worker import keys
from worker.bookshelf import Report, Reports
from worker.connection import connect
from worker.ledger import State
from worker.secret import Secret


async def replies(running: Service, text: str, sender: str = "+33612345678") -> str:
    """What a customer gets for a message, and that its record bears the version of the book that said so."""
    message = running.world.receive(sender, text)
    await until(lambda: running.replies(message), 30)
    (reply,) = running.replies(message)
    record = await running.record(message)
    assert record is not None
    assert record.book == version(book(reply.text))
    return reply.text


async def reports_of(running: Service, ready: Callable[[list[Report]], object]) -> list[Report]:
    """The workers' reports, as soon as they are so."""
    url = Secret(running.settings["AUTOREPLY_REDIS_URL"])
    end = time.monotonic() + 30
    async with Reports(connect(url, decode=True, connections=1)) as reports:
        while not ready(found := await reports.read()):
            assert time.monotonic() < end, f"{found}\n{running.log}"
            await asyncio.sleep(0.05)
    return found


async def run_by(running: Service, *versions: str) -> list[Report]:
    """The reports of as many workers, as soon as they run these books."""
    return await reports_of(running, lambda found: sorted(report.book for report in found) == sorted(versions))


def lines(running: Service, event: str) -> list[dict[str, Any]]:
    """Of the log."""
    found = (json.loads(line) for line in running.log.splitlines() if line.startswith("{"))
    return [line for line in found if line["event"] == event]


async def test_a_running_worker_answers_by_the_new_book_and_by_the_old_one_where_the_new_is_bad(
    tmp_path: Path,
) -> None:
    async with service(tmp_path, book=ONE) as running:
        await asyncio.gather(running.serve(), running.work())
        file = tmp_path / "book.yaml"
        assert await replies(running, "hello") == "one"
        by_rename(file, TWO)
        end = time.monotonic() + SLOW
        while (said := await replies(running, "hello")) != "two":
            assert (said, time.monotonic() < end) == ("one", True)
            await asyncio.sleep(0.1)
        in_place(file, BAD)
        (report,) = await reports_of(running, lambda found: found and found[0].refusal)
        assert report.book == version(TWO)
        assert await replies(running, "hello") == "two"
        by_rename(file, book("three"))
        await run_by(running, version(book("three")))
        assert await replies(running, "hello") == "three"
        (refused,) = lines(running, "book_refused")
        assert "unknown key `oops`" in refused["faults"][0]
        assert [(line["old"], line["new"]) for line in lines(running, "book_loaded")] == [
            (version(ONE), version(TWO)),
            (version(TWO), version(book("three"))),
        ]
        counts: dict[str, int] = {}
        while counts.get("book_loaded") != 2:
            counts = await running.ledger.counts()
            await asyncio.sleep(0.05)
        assert counts["book_refused"] == 1


async def test_a_message_that_is_tried_again_keeps_the_reply_and_the_version_of_its_first_book(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE, provider="http://127.0.0.1:9") as running:  # nobody listens there
        await asyncio.gather(running.serve(), running.work())
        message = running.world.receive("+33612345678", "hello")
        url = Secret(running.settings["AUTOREPLY_REDIS_URL"])
        end = time.monotonic() + 30
        while (record := await running.record(message)) is None or record.state is not State.RETRYING:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        in_place(tmp_path / "book.yaml", TWO)
        await run_by(running, version(TWO))
        async with connect(url, decode=True, connections=1) as store:
            before = int(await store.hget(keys.RECORD + record.key, "attempt") or 0)
            while int(await store.hget(keys.RECORD + record.key, "attempt") or 0) < before + 2:
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
        again = await running.record(message)
        assert again is not None
        assert (again.reply, again.book) == ("one", version(ONE))


async def test_under_a_stream_of_messages_and_swaps_each_record_names_the_book_that_decided_it(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE) as running:
        await asyncio.gather(running.serve(), running.work())
        await replies(running, "hello")

        async def swaps() -> None:
            for text in (TWO, book("three")):
                by_rename(tmp_path / "book.yaml", text)
                await run_by(running, version(text))

        swapping, said = asyncio.create_task(swaps()), set()
        while not swapping.done():
            said |= set(await asyncio.gather(*(replies(running, "hello", f"+3361234567{n}") for n in range(5))))
        await swapping
        assert said | {await replies(running, "hello")} == {"one", "two", "three"}


async def test_a_hangup_makes_one_process_look_at_once(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE) as running:
        worker, _ = await asyncio.gather(running.work(), running.serve())
        await run_by(running, version(ONE))
        in_place(tmp_path / "book.yaml", TWO)
        worker.send_signal(signal.SIGHUP)
        await run_by(running, version(TWO))
        assert lines(running, "look_asked_for")
        assert await replies(running, "hello") == "two"
        assert worker.returncode is None


async def test_a_hangup_of_the_parent_reaches_both_processes_and_reload_prints_both(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE) as running:
        parent = await running.work("--processes", "2")
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        await until(children.read_text, SLOW)
        for _ in range(10):  # while they start: it waits, and ends none of them
            parent.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.05)
        before = await run_by(running, version(ONE), version(ONE))
        by_rename(tmp_path / "book.yaml", TWO)
        parent.send_signal(signal.SIGHUP)
        after = await run_by(running, version(TWO), version(TWO))
        assert {report.pid for report in after} == {report.pid for report in before}
        assert len({report.pid for report in after}) == 2
        await until(lambda: len(lines(running, "look_asked_for")) >= 4, SLOW)
        url = Secret(running.settings["AUTOREPLY_REDIS_URL"])
        code, output = await reloaded(url=url)
        assert code == 0, output
        for report in after:
            assert f"{report}: book {version(TWO)}" in output
        in_place(tmp_path / "book.yaml", BROKEN_PROMISE)
        code, output = await reloaded(url=url)
        assert (code, output.count("it refuses what")) == (1, 2)
        parent.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(parent.wait(), 40) == 0
        assert "worker_died" not in running.log


async def test_a_book_is_replaced_while_redis_is_away(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE) as running:
        await asyncio.gather(running.serve(), running.work())
        assert await replies(running, "hello") == "one"
        running.server.terminate()
        in_place(tmp_path / "book.yaml", TWO)
        await until(lambda: lines(running, "book_loaded"), SLOW)
        await asyncio.to_thread(running.server.start)
        await run_by(running, version(TWO))
        assert await replies(running, "hello") == "two"
