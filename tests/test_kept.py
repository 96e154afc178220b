"""The book that is kept in Redis: written by whoever has it in force, run by those whose file is bad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis.asyncio
from click.testing import CliRunner
from structlog.testing import capture_logs

from bot.commands import main
from rules.decoding import LARGEST_FILE
from tests.changing import BAD, ONE, TWO, Worker, book, version
from worker import keys
from worker.bookshelf import Kept, NoBook, Refusal, open_kept, open_shelf
from worker.bookshelf.keeper import RENEW
from worker.secret import Secret

NOWHERE = Secret("redis://127.0.0.1:1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


@pytest.fixture
async def kept(file: Path, redis_url: Secret) -> AsyncIterator[Kept]:
    async with open_kept(redis_url, file) as kept:
        yield kept


async def begin(url: Secret, file: Path) -> tuple[str, Refusal | None]:
    shelf = await open_shelf(url, file, asked=asyncio.Event())
    return shelf.book.version, shelf.refusal


# What is kept


async def test_each_version_in_force_is_kept_once_byte_for_byte_and_for_a_limited_time(
    file: Path, kept: Kept, store: redis.asyncio.Redis
) -> None:
    odd = "\ufeff" + book("Grüße 🎁").replace("\n", "\r\n")
    first, second = Worker(file, kept), Worker(file, kept)
    await first.keeps()
    await first.sees(odd)
    await first.keeps()
    found = await kept.read()
    assert found is not None
    assert found[0] == odd.encode()
    assert version(odd) == await kept.version() == first.looked.shelf.book.version
    assert found[1] - first.looked.shelf.edition.since < timedelta(seconds=1)
    (key,) = [key async for key in store.scan_iter(f"{keys.BOOK}*")]
    assert await store.ttl(key) > timedelta(days=29).total_seconds()
    await store.hset(key, "text", "not touched again")
    await second.sees(odd)
    await second.keeps()
    assert await store.hget(key, "text") == "not touched again"


async def test_a_book_as_long_as_a_book_may_be_is_kept(file: Path, kept: Kept) -> None:
    file.write_text(ONE + "#" * (LARGEST_FILE - len(ONE)))
    await Worker(file, kept).keeps()
    found = await kept.read()
    assert found is not None
    assert found[0] == file.read_bytes()


async def test_a_refused_book_is_never_kept(file: Path, kept: Kept) -> None:
    worker = Worker(file, kept)
    await worker.sees(BAD)
    await worker.keeps()
    assert await kept.version() == version(ONE)


async def test_a_book_that_could_not_be_kept_in_time_does_not_replace_a_later_one(file: Path, kept: Kept) -> None:
    late, other = Worker(file, kept), Worker(file, kept)
    await late.sees(TWO)
    await asyncio.sleep(1)  # a call that is longer under way than this would make it look younger
    await other.sees(book("three"))
    await other.keeps()
    assert await late.keeps() == version(TWO)
    assert await kept.version() == version(book("three"))


async def test_what_redis_has_lost_is_kept_again_and_its_life_is_lengthened(
    file: Path, kept: Kept, store: redis.asyncio.Redis
) -> None:
    worker = Worker(file, kept)
    await worker.keeps()
    (key,) = [key async for key in store.scan_iter(f"{keys.BOOK}*")]
    await store.expire(key, 60)
    worker.looked.now += RENEW.total_seconds()
    await worker.keeps()
    assert await store.ttl(key) > 60
    await store.flushall()
    worker.looked.now += RENEW.total_seconds()
    await worker.keeps()
    assert await kept.version() == version(ONE)


# A start


async def test_a_start_with_a_bad_file_runs_the_kept_book_and_refuses_the_file_as_a_running_worker_does(
    file: Path, kept: Kept, redis_url: Secret
) -> None:
    await Worker(file, kept).keeps()
    file.write_text(BAD)
    with capture_logs() as lines:
        shelf = await open_shelf(redis_url, file, asked=asyncio.Event())
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("kept_book_in_force", "error"),
        ("book_refused", "error"),
    ]
    assert (lines[0]["book"], lines[0]["age"][:5]) == (version(ONE), "0:00:")
    assert shelf.refusal is not None
    assert (shelf.refusal.version, shelf.book.version) == (version(BAD), version(ONE))
    assert "unknown key `oops`" in shelf.refusal.faults[0]
    assert shelf.counts == {"book_loaded": 0, "book_refused": 1}
    with capture_logs() as lines:
        for _ in range(2):
            await shelf.look()
    assert lines == []  # it is told once
    assert (await kept.read() or [None])[1] == shelf.edition.since


async def test_a_start_with_a_good_file_runs_it_whatever_is_kept(file: Path, kept: Kept, redis_url: Secret) -> None:
    await Worker(file, kept).keeps()
    file.write_text(TWO)
    assert await begin(redis_url, file) == (version(TWO), None)
    assert await begin(NOWHERE, file) == (version(TWO), None)


async def test_the_book_of_another_path_does_not_take_its_place(file: Path, kept: Kept, redis_url: Secret) -> None:
    await Worker(file, kept).keeps()
    other = file.with_name("other.yaml")
    with pytest.raises(NoBook, match="No such file"):
        await begin(redis_url, other)


async def test_the_path_is_the_same_from_every_folder(
    file: Path, kept: Kept, redis_url: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Worker(file, kept).keeps()
    file.unlink()
    monkeypatch.chdir(file.parent)
    assert (await begin(redis_url, Path(file.name)))[0] == version(ONE)


async def test_while_redis_is_away_a_start_with_a_bad_file_says_both(file: Path) -> None:
    file.write_text(BAD)
    with pytest.raises(NoBook, match=r"unknown key `oops`(?s:.)*Redis, which does not answer"):
        await begin(NOWHERE, file)


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_worker_whose_kept_book_is_refused_by_this_version_says_so_and_ends(
    file: Path, kept: Kept, redis_url: Secret, store: redis.asyncio.Redis, processes: str
) -> None:
    await Worker(file, kept).keeps()
    (key,) = [key async for key in store.scan_iter(f"{keys.BOOK}*")]
    await store.hset(key, "text", ONE.replace("anything", "whatever"))
    file.write_text(BAD)
    environment = {
        "AUTOREPLY_REDIS_URL": redis_url.reveal(),
        "AUTOREPLY_BOOK": str(file),
        "AUTOREPLY_PRELUDE_API_TOKEN": "token",
    }
    command = ["work", "--processes", processes]
    ended = await asyncio.to_thread(CliRunner().invoke, main, command, env=environment)
    assert ended.exit_code == 1
    of_file, of_kept = ended.output.split("\nThe one that was last in force, since 20")
    assert "unknown key `oops`" in of_file
    assert "this version of autoreply refuses it, too (lines are its own):" in of_kept
    assert "whatever" in of_kept


# While it runs


async def test_a_worker_that_missed_a_book_takes_it_over_where_its_file_is_bad_now(file: Path, kept: Kept) -> None:
    quick, slow = Worker(file, kept), Worker(file, kept)
    for worker in (quick, slow):
        await worker.keeps()
    await quick.sees(TWO)
    assert await quick.keeps() == version(TWO)
    assert await slow.keeps() == version(ONE)  # its file is not refused: it will see for itself
    await slow.sees(BAD)
    refusal = slow.looked.shelf.refusal
    with capture_logs() as lines:
        assert await slow.keeps() == version(TWO)
    assert [(line["event"], line["old"], line["new"]) for line in lines] == [
        ("book_adopted", version(ONE), version(TWO))
    ]
    assert slow.looked.shelf.refusal == refusal is not None  # as loud as before
    await quick.sees(BAD)
    assert await quick.keeps() == version(TWO)
    assert await slow.looked.logged(3) == []
    await slow.sees(ONE)
    assert (await slow.keeps(), slow.looked.shelf.refusal) == (version(ONE), None)
    assert await kept.version() == version(ONE)


async def test_a_kept_book_that_a_running_worker_cannot_run_is_told_once_and_its_own_stays(
    file: Path, kept: Kept, store: redis.asyncio.Redis
) -> None:
    worker = Worker(file, kept)
    await worker.keeps()
    await worker.sees(BAD)
    (key,) = [key async for key in store.scan_iter(f"{keys.BOOK}*")]
    await store.hset(key, mapping={"version": "newer", "text": "version: 2"})
    with capture_logs() as lines:
        assert [await worker.keeps() for _ in range(3)] == [version(ONE)] * 3
    assert [(line["event"], line["refused"]) for line in lines] == [("kept_book_refused", "newer")]
