"""A book that is put in force from the desk: checked, written, answered by within seconds, remembered, and undone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis.asyncio

from tests.bookwork import a_desk
from tests.changing import A_REPORT, BAD, ONE, SLOW, TWO, book, version
from tests.service import Service, service
from tests.stand_in import until
from worker import keys
from worker.bookshelf import Edition, NotWritten, Overtaken, Refusal, Shelf, Shelved, open_kept
from worker.bookwork.desk import Desk, Faulty
from worker.ledger import Operating
from worker.secret import Secret


async def says(running: Service, wanted: str) -> None:
    """Asks until the book in force says so."""
    end = time.monotonic() + SLOW
    while True:
        message = running.world.receive("+33612345678", "hello")
        await until(lambda sent=message: running.replies(sent), 30)  # type: ignore[misc]
        if running.replies(message)[0].text == wanted:
            return
        assert time.monotonic() < end, running.log
        await asyncio.sleep(0.1)


async def the_book(desk: Desk, wanted: str) -> Shelved:
    """When this version is in force."""
    async with asyncio.timeout(SLOW):
        while not (found := [each for each in await desk.library.books() if each.version == wanted]):
            await asyncio.sleep(0.05)
    return found[0]


async def test_a_book_put_in_force_answers_within_seconds_and_so_does_the_one_before_after_a_return(
    tmp_path: Path,
) -> None:
    async with service(tmp_path, book=ONE) as running:
        url, file = Secret(running.settings["AUTOREPLY_REDIS_URL"]), tmp_path / "book.yaml"
        await asyncio.gather(running.serve(), running.work())
        async with a_desk(url, file) as desk:
            before = await the_book(desk, version(ONE))
            assert (desk.fixed(before), desk.accounts(before)) == (None, ("prelude",))
            await says(running, "one")
            began = time.monotonic()
            put = await desk.put_in_force(before, TWO.encode(), version(ONE), who="maria")
            assert (put.before, put.version) == (version(ONE), version(TWO))
            after = await the_book(desk, version(TWO))
            assert time.monotonic() - began < SLOW
            await says(running, "two")
            history = desk.library.history(str(file))
            former = (await history.read())[1]
            text = await history.text(former.version)
            assert text == ONE.encode()
            await desk.put_in_force(after, text, version(TWO), who="omar")
            await the_book(desk, version(ONE))
            await says(running, "one")
            assert [(past.version, past.by) for past in await history.read()] == [
                (version(ONE), "omar"),
                (version(TWO), "maria"),
                (version(ONE), None),
            ]


# Without workers: what they would have kept is


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


@pytest.fixture
async def desk(file: Path, redis_url: Secret) -> AsyncIterator[Desk]:
    async with a_desk(redis_url, file) as desk:
        await in_force(desk, file)
        yield desk


async def in_force(desk: Desk, file: Path) -> Shelved:
    """What the file holds, as if a worker had it in force."""
    await desk.library.kept(str(file)).write(Shelf(file).edition)
    return (await desk.library.books())[0]


async def test_what_was_done_stands_in_the_audit_trail_with_both_versions(
    desk: Desk, file: Path, store: redis.asyncio.Redis, operating: Operating
) -> None:
    (shelved,) = await desk.library.books()
    await desk.put_in_force(shelved, TWO.encode(), version(ONE), who="maria")
    change = f"{version(ONE)} -> {version(TWO)}"
    assert [(each.who, each.what, each.on, each.result) for each in (await operating.audit_page()).entries] == [
        ("maria", "book", str(file), f"done: {change}"),
        ("maria", "book", str(file), f"begun: {change}"),
    ]
    assert await store.get(keys.LOOK_NOW)
    assert file.read_text() == TWO


async def test_a_book_with_faults_is_never_written(desk: Desk, file: Path, store: redis.asyncio.Redis) -> None:
    (shelved,) = await desk.library.books()
    with pytest.raises(Faulty, match="the book has faults") as refused:
        await desk.put_in_force(shelved, BAD.encode(), version(ONE), who="maria")
    assert "unknown key `oops`" in str(refused.value.checked.faults[0])
    assert file.read_text() == ONE
    assert not await store.exists(keys.AUDIT)


async def test_whoever_began_with_another_book_than_the_one_in_force_overwrites_nothing(desk: Desk, file: Path) -> None:
    (shelved,) = await desk.library.books()
    file.write_text(TWO)
    shelved = await in_force(desk, file)
    with pytest.raises(Overtaken) as refused:
        await desk.put_in_force(shelved, book("three").encode(), version(ONE), who="maria")
    assert refused.value.holds == version(TWO)
    assert file.read_text() == TWO


async def test_nor_does_whoever_began_with_what_this_file_holds_and_the_workers_have_left(
    desk: Desk, file: Path
) -> None:
    """As where the file of another host was changed, and is kept by the same path."""
    (shelved,) = await desk.library.books()
    kept = desk.library.kept(str(file))
    await kept.write(kept.parse(TWO.encode(), datetime.now(UTC)))
    with pytest.raises(Overtaken) as refused:
        await desk.put_in_force(shelved, book("three").encode(), version(ONE), who="maria")
    assert refused.value.holds == version(TWO)
    assert file.read_text() == ONE


async def test_what_the_file_holds_and_no_worker_has_seen_is_not_overwritten(
    desk: Desk, file: Path, operating: Operating
) -> None:
    (shelved,) = await desk.library.books()
    file.write_text(TWO)
    with pytest.raises(Overtaken, match=version(TWO)):
        await desk.put_in_force(shelved, book("three").encode(), version(ONE), who="maria")
    assert file.read_text() == TWO
    entries = (await operating.audit_page()).entries
    assert [each.result.partition(":")[0] for each in entries] == ["refused", "begun"]


async def test_what_the_workers_refuse_may_be_replaced_by_the_one_in_force_too(desk: Desk, file: Path) -> None:
    file.write_text(BAD)
    refusal = Refusal(version(BAD), ("a fault",))
    report = replace(A_REPORT, path=str(file), book=version(ONE), refusal=refusal)
    await desk.library.reports.write(report)
    (shelved,) = await desk.library.books()
    await desk.put_in_force(shelved, ONE.encode(), version(ONE), who="maria")
    assert file.read_text() == ONE


async def test_the_book_in_force_is_not_written_again(desk: Desk) -> None:
    (shelved,) = await desk.library.books()
    with pytest.raises(NotWritten, match="is in force already"):
        await desk.put_in_force(shelved, ONE.encode(), version(ONE), who="maria")


async def test_without_the_setting_or_with_another_s_book_nothing_is_written(
    desk: Desk, file: Path, redis_url: Secret, tmp_path: Path
) -> None:
    (shelved,) = await desk.library.books()
    other = tmp_path / "other.yaml"
    for editable, files, why in (
        (False, [file], "AUTOREPLY_BOOK_EDITABLE=1"),
        (True, [other], "is not among the books"),
    ):
        async with a_desk(redis_url, *files, editable=editable) as another:
            assert why in str(another.fixed(shelved))
            with pytest.raises(NotWritten, match=why):
                await another.put_in_force(shelved, TWO.encode(), version(ONE), who="maria")
    assert file.read_text() == ONE


async def test_a_kept_book_has_another_owner_on_each_host(desk: Desk, redis_url: Secret, file: Path) -> None:
    """Where the workers run elsewhere, their paths are no files here."""
    elsewhere = Path("/nowhere/book.yaml")
    async with open_kept(redis_url, elsewhere) as kept, a_desk(redis_url, elsewhere) as another:
        edition = Shelf(file).edition
        await kept.write(Edition(edition.book, edition.data, edition.since))
        shelved = next(each for each in await another.library.books() if each.path == str(elsewhere))
        assert "is no file of this host" in str(another.fixed(shelved))
