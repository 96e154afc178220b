"""A book that is changed while the service runs, in real processes: in force everywhere within seconds, or nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.changing import BAD, BROKEN_PROMISE, ONE, SLOW, TWO, book, by_rename, in_place, reloaded, version
from tests.service import Service, service
from tests.stand_in import until
from worker import keys
from worker.bookshelf import Report, Reports, open_kept
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


async def kept(running: Service, wanted: str) -> None:
    """Waits until this version is in Redis."""
    url, file = Secret(running.settings["AUTOREPLY_REDIS_URL"]), Path(running.settings["AUTOREPLY_BOOK"])
    async with open_kept(url, file) as books, asyncio.timeout(SLOW):
        while await books.version() != wanted:
            await asyncio.sleep(0.05)


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


def away(file: Path) -> None:
    file.unlink()


def bad(file: Path) -> None:
    in_place(file, BAD)


@pytest.mark.parametrize("spoil", [bad, away])
async def test_a_worker_that_is_started_while_its_file_is_bad_answers_by_the_last_book_and_says_so(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    async with service(tmp_path, book=ONE) as running:
        file = tmp_path / "book.yaml"
        worker, _ = await asyncio.gather(running.work(), running.serve())
        in_place(file, TWO)
        await run_by(running, version(TWO))
        assert await replies(running, "hello") == "two"
        await kept(running, version(TWO))
        worker.kill()
        await worker.wait()
        spoil(file)
        await running.work()
        assert await replies(running, "hello") == "two"
        (report,) = await reports_of(running, lambda found: len(found) == 1 and found[0].refusal)
        assert report.book == version(TWO)
        (in_force,), (refused,) = lines(running, "kept_book_in_force"), lines(running, "book_refused")
        assert (in_force["book"], refused["stays"], in_force["level"]) == (version(TWO), version(TWO), "error")
        url = Secret(running.settings["AUTOREPLY_REDIS_URL"])
        code, output = await reloaded(url=url)
        assert (code, output.count("it refuses what")) == (1, 1)
        status, check = await running.start("status", "--once"), await running.start("check", "--role", "worker")
        assert (await status.wait(), await check.wait()) == (0, 1)
        assert "it refuses what its file holds now" in running.log
        by_rename(file, book("three"))
        await run_by(running, version(book("three")))
        assert await replies(running, "hello") == "three"
        assert (await running.ledger.counts())["book_refused"] == 1


async def test_a_process_that_crashes_while_the_file_is_bad_comes_back_with_the_last_book(tmp_path: Path) -> None:
    async with service(tmp_path, book=ONE) as running:
        parent, _ = await asyncio.gather(running.work("--processes", "2"), running.serve())
        before = await run_by(running, version(ONE), version(ONE))
        await kept(running, version(ONE))
        in_place(tmp_path / "book.yaml", BAD)
        for report in before:
            os.kill(report.pid, signal.SIGKILL)
        assert await replies(running, "hello") == "one"
        dead = {report.pid for report in before}
        after = await reports_of(running, lambda found: len({report.pid for report in found} - dead) == 2)
        assert all(report.refusal for report in after if report.pid not in dead)
        assert parent.returncode is None


async def test_a_first_start_with_a_bad_file_ends_with_its_faults(tmp_path: Path) -> None:
    async with service(tmp_path, book=BAD) as running:
        one, two = await running.work(), await running.work("--processes", "2")
        assert (await one.wait(), await two.wait()) == (1, 1)
        assert running.log.count("the rule book cannot be used") == running.log.count("unknown key `oops`") == 2
        assert "last in force" not in running.log
