"""What workers say of their books, and the commands that read it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis.asyncio
from click.testing import CliRunner, Result

from bot.commands import main
from tests.changing import A_REPORT, BAD, ONE, SLOW, TWO, Looked, reloaded, silent, telling, version
from tests.stand_in import until
from worker import keys
from worker.bookshelf import Refusal, Reporter, Reports, Shelf
from worker.connection import connect
from worker.ledger import Ledger, LedgerUnavailable
from worker.secret import Secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


@pytest.fixture
async def reports(redis_url: Secret) -> AsyncIterator[Reports]:
    async with Reports(connect(redis_url, decode=True, connections=2)) as reports:
        yield reports


async def test_a_report_is_read_as_it_was_written_and_every_key_ends(
    reports: Reports, store: redis.asyncio.Redis
) -> None:
    refusing = replace(A_REPORT, worker="b", host="shop-0", refusal=Refusal(None, ("gone",)), answered="r")
    for report in (A_REPORT, refusing):
        await reports.write(report)
    assert await reports.read() == [refusing, A_REPORT]
    await reports.have_all_look(timedelta(0))
    ours = [key async for key in store.scan_iter(f"{keys.PREFIX}*")]
    assert len(ours) == 4
    assert [key for key in ours if await store.ttl(key) < 0] == []
    await reports.take_away(refusing)
    assert await reports.read() == [A_REPORT]


async def test_a_report_that_nobody_renews_or_can_read_is_no_workers(
    reports: Reports, store: redis.asyncio.Redis
) -> None:
    await reports.write(A_REPORT)
    await store.set(keys.REPORT + A_REPORT.worker, "{}")
    assert await reports.read() == []
    await store.delete(keys.REPORT + A_REPORT.worker)
    assert await reports.read() == []


async def test_a_worker_tells_its_book_answers_requests_and_counts(
    file: Path, reports: Reports, ledger: Ledger
) -> None:
    looked = Looked(file)
    reporter = Reporter(looked.shelf, reports, ledger, worker="w", clock=lambda: looked.now)
    await reporter.tell()
    (report,) = await reports.read()
    assert (report.worker, report.pid, report.book, report.answered) == ("w", os.getpid(), version(ONE), None)
    file.write_text(BAD)
    asked = await reports.have_all_look(timedelta(0))
    assert asked.silent == (report,)
    looked.now += 5
    await reporter.tell()
    await looked.after()
    await reporter.tell()
    assert [each.answered for each in await reports.read()] == [None]  # it has seen the change once
    await looked.after()
    await reporter.tell()
    (report,) = await reports.read()
    assert report.answered == await reports.request()
    assert report.refusal == looked.shelf.refusal
    assert (await ledger.counts())["book_refused"] == 1


async def test_two_requests_at_once_are_both_answered(file: Path, reports: Reports, ledger: Ledger) -> None:
    async with telling(Shelf(file), reports, ledger):
        answers = await asyncio.gather(*(reports.have_all_look(timedelta(seconds=SLOW)) for _ in range(2)))
    assert [answer.agree for answer in answers] == [True, True]


async def test_a_worker_that_ends_takes_its_report_away(file: Path, reports: Reports, ledger: Ledger) -> None:
    async with telling(Shelf(file), reports, ledger):
        pass
    assert await reports.read() == []


async def test_without_redis_reports_say_so_and_the_shelf_goes_on(file: Path, ledger: Ledger) -> None:
    shelf = Shelf(file)
    async with Reports(connect(Secret("redis://127.0.0.1:1"), decode=True, connections=1)) as nowhere:
        with pytest.raises(LedgerUnavailable):
            await nowhere.read()
        tasks = [
            asyncio.create_task(each)
            for each in (shelf.keep_up(), Reporter(shelf, nowhere, ledger, worker="w").keep_telling())
        ]
        file.write_text(TWO)
        await until(lambda: shelf.book.version == version(TWO), SLOW)
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# The commands


def run(*command: str, url: Secret) -> Result:
    return CliRunner().invoke(main, command, env={"AUTOREPLY_REDIS_URL": url.reveal()})


def test_reload_without_workers_or_without_redis_says_so(redis_url: Secret) -> None:
    none = run("reload", url=redis_url)
    assert (none.exit_code, none.output) == (1, "no worker runs; start one with `autoreply work`\n")
    away = run("reload", url=Secret("redis://127.0.0.1:1"))
    assert away.exit_code == 1
    assert "Redis does not answer" in away.output


async def test_reload_waits_for_the_change_and_tells_the_faults(
    file: Path, reports: Reports, ledger: Ledger, redis_url: Secret
) -> None:
    async with telling(Shelf(file), reports, ledger):
        file.write_text(TWO)
        code, output = await reloaded(url=redis_url)
        assert code == 0, output
        assert f"w on {os.uname().nodename}, process {os.getpid()}: book {version(TWO)}, 1 rules, since" in output
        file.write_text(BAD)
        code, output = await reloaded(url=redis_url)
        assert code == 1
        assert f"book {version(TWO)}" in output
        assert "unknown key `oops`" in output
        _, output = await reloaded("--json", url=redis_url)
    told = json.loads(output)
    assert told["agree"] is False
    (worker,) = told["workers"]
    assert (worker["book"], worker["answered"], worker["refusal"]["version"]) == (version(TWO), True, version(BAD))


async def test_reload_names_a_worker_that_does_not_answer(
    file: Path, reports: Reports, ledger: Ledger, redis_url: Secret
) -> None:
    async with telling(Shelf(file), reports, ledger), silent(reports):
        code, output = await reloaded("--wait", "2", url=redis_url)
    assert code == 1
    assert "aaaaaaaa on shop-1, process 7: no answer within 2 seconds; before, book v1, 3 rules" in output


async def test_check_shows_the_workers_books_and_warns_of_refusals_and_of_workers_that_disagree(
    file: Path, reports: Reports, redis_url: Secret
) -> None:
    await reports.write(replace(A_REPORT, refusal=Refusal("v9", ("book.yaml:1:1: oops",))))
    await reports.write(replace(A_REPORT, worker="b", pid=8, book="v2"))
    file.write_text(ONE)
    settings = {"AUTOREPLY_BOOK": str(file), "AUTOREPLY_PRELUDE_API_TOKEN": "token"}
    command = ["check", "--role", "worker"]
    environment = settings | {"AUTOREPLY_REDIS_URL": redis_url.reveal()}
    checked = await asyncio.to_thread(CliRunner().invoke, main, command, env=environment)
    assert checked.exit_code == 0, checked.output
    lines = {line.strip() for line in checked.output.splitlines()}
    assert "ok      worker b on shop-1, process 8: book v2" in lines
    assert "warning worker aaaaaaaa on shop-1, process 7 refuses what book.yaml holds now: book.yaml:1:1: oops" in lines
    assert any(line.startswith("warning the workers run different books") for line in lines)
