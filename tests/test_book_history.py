"""The books that were in force: every one that a worker ran, in order, with its text and by whose hand."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis.asyncio

from rules.loader import version_of
from tests.changing import A_REPORT, BAD, ONE, TWO, Worker, book, version
from worker import keys
from worker.bookshelf import History, Kept, Library, Refusal, open_kept, open_library
from worker.bookshelf.history import LENGTH, MOST_BYTES, packed
from worker.secret import Secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


@pytest.fixture
async def kept(file: Path, redis_url: Secret) -> AsyncIterator[Kept]:
    async with open_kept(redis_url, file) as kept:
        yield kept


@pytest.fixture
async def library(redis_url: Secret) -> AsyncIterator[Library]:
    async with open_library(redis_url) as library:
        yield library


@pytest.fixture
def history(library: Library, file: Path) -> History:
    return library.history(str(file))


async def versions(history: History) -> list[str]:
    return [past.version for past in await history.read()]


async def test_every_book_that_came_into_force_is_remembered_with_its_text(
    file: Path, kept: Kept, history: History
) -> None:
    worker = Worker(file, kept)
    for text in (ONE, TWO, BAD, ONE):
        await worker.runs(text)
    assert await versions(history) == [version(ONE), version(TWO), version(ONE)]  # what was refused never was
    assert [await history.text(version(text)) for text in (ONE, TWO, BAD)] == [ONE.encode(), TWO.encode(), None]
    times = [past.since for past in await history.read()]
    assert times == sorted(times, reverse=True)
    assert datetime.now(UTC) - times[-1] < timedelta(minutes=1)


async def test_several_workers_and_their_restarts_remember_one_book_once(
    file: Path, kept: Kept, history: History
) -> None:
    for _ in range(3):
        worker = Worker(file, kept)
        await worker.runs(ONE)
        await worker.keeps()
    assert await versions(history) == [version(ONE)]


async def test_a_book_that_a_worker_without_a_history_kept_is_remembered_too(
    file: Path, kept: Kept, history: History, store: redis.asyncio.Redis
) -> None:
    await Worker(file, kept).runs(ONE)
    await store.delete(keys.BOOK_HISTORY + str(file))
    await Worker(file, kept).runs(ONE)
    assert await versions(history) == [version(ONE)]


async def test_who_put_it_in_force_stands_with_the_version_that_they_announced(
    file: Path, kept: Kept, history: History, store: redis.asyncio.Redis
) -> None:
    worker = Worker(file, kept)
    await worker.runs(ONE)
    await history.announce(version(TWO), "maria")
    assert await store.ttl(keys.BOOK_BY + str(file)) > 0
    await worker.runs(TWO)
    await worker.runs(ONE)
    await worker.runs(TWO)  # by hand, in the file
    assert [past.by for past in await history.read()] == [None, None, "maria", None]


async def test_the_latest_are_kept_and_no_text_of_another(
    file: Path, kept: Kept, history: History, store: redis.asyncio.Redis
) -> None:
    texts = [book(str(number)) for number in range(LENGTH + 5)]
    for text in texts:
        await kept.write(kept.parse(text.encode(), datetime.now(UTC)))
    assert await versions(history) == [version(text) for text in reversed(texts[5:])]
    assert await history.text(version(texts[5])) == texts[5].encode()
    assert await history.text(version(texts[4])) is None
    assert await store.hlen(keys.BOOK_TEXTS + str(file)) == LENGTH


async def test_large_books_do_not_fill_the_server(kept: Kept, history: History) -> None:
    noise = b"# " + os.urandom(2_400_000).hex().encode()  # packs to its half at best
    fitting = MOST_BYTES // len(packed(noise))
    for number in range(fitting + 2):
        edition = kept.parse(book(str(number)).encode(), datetime.now(UTC))
        await kept.write(replace(edition, data=noise))
        assert len(await versions(history)) == min(number + 1, fitting)
    assert (await versions(history))[0] == edition.book.version


async def test_an_entry_of_another_shape_is_left_out(
    file: Path, kept: Kept, history: History, store: redis.asyncio.Redis
) -> None:
    await Worker(file, kept).runs(ONE)
    await store.lpush(keys.BOOK_HISTORY + str(file), '{"version": "x"}', "7", '{"odd')
    assert await versions(history) == [version(ONE)]
    await store.hset(keys.BOOK_TEXTS + str(file), "y", "no packed text")
    assert await history.text("y") is None


# The library


async def test_the_books_in_force_are_found_without_their_files(file: Path, kept: Kept, library: Library) -> None:
    await Worker(file, kept).runs(TWO)
    file.unlink()
    (shelved,) = await library.books()
    assert (shelved.path, shelved.version, shelved.accounts, shelved.refusal) == (str(file), version(TWO), (), None)
    assert await library.text(shelved.path) == TWO.encode()
    assert await library.text(shelved.path, version(TWO)) == TWO.encode()
    assert await library.text(shelved.path, "none") is None
    assert await library.book(shelved.id) == shelved
    assert await library.book("00000000") is None


async def test_a_book_has_what_its_workers_say_of_it(file: Path, kept: Kept, library: Library) -> None:
    await Worker(file, kept).runs(ONE)
    refusal = Refusal(version_of(BAD.encode()), ("a fault",))
    mine = replace(A_REPORT, path=str(file), book=version(ONE))
    for report in (
        replace(mine, worker="a", accounts=("shop",)),
        replace(mine, worker="b", accounts=("shop", "care"), book="other", refusal=refusal),
        replace(A_REPORT, worker="c", path="/elsewhere.yaml", file="elsewhere.yaml"),
        replace(A_REPORT, worker="d", file="/old/version.yaml"),  # of the version before, which tells no path
        replace(A_REPORT, worker="e", file="who-knows.yaml"),
    ):
        await library.reports.write(report)
    found = {shelved.path: shelved for shelved in await library.books()}
    assert found.keys() == {str(file), "/elsewhere.yaml", "/old/version.yaml"}
    assert (found[str(file)].accounts, found[str(file)].refusal) == (("care", "shop"), refusal)
    assert [report.worker for report in found[str(file)].strangers] == ["b"]
    assert found["/elsewhere.yaml"].version is None
