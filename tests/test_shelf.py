"""A file that changes: looked at twice, loaded beside the old book, in force or refused as a whole."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rules import BookError
from tests.changing import (
    BAD,
    BROKEN_PROMISE,
    ONE,
    SLOW,
    TWO,
    Looked,
    by_rename,
    in_place,
    version,
    with_the_old_times,
)
from tests.stand_in import until
from worker.bookshelf import Refusal, Shelf


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


@pytest.fixture
def looked(file: Path) -> Looked:
    return Looked(file)


@pytest.mark.parametrize("change", [in_place, by_rename, with_the_old_times])
async def test_a_changed_book_is_in_force_with_the_second_look_that_sees_it(
    looked: Looked, file: Path, change: Callable[[Path, str], None]
) -> None:
    assert [await looked.after() for _ in range(3)] == [version(ONE)] * 3
    change(file, TWO)
    assert await looked.after() == version(ONE)
    assert await looked.after() == version(TWO)
    change(file, ONE)
    assert await looked.after() == version(TWO)
    assert await looked.after() == version(ONE)


async def test_two_looks_less_than_a_second_apart_are_as_one(looked: Looked, file: Path) -> None:
    file.write_text(TWO)
    await looked.after()
    assert [await looked.after(0.3) for _ in range(3)] == [version(ONE)] * 3
    assert await looked.after(0.3) == version(TWO)


async def test_the_two_looks_that_agree_are_two_in_a_row(looked: Looked, file: Path) -> None:
    for text in (TWO, ONE, TWO):
        file.write_text(text)
        assert await looked.after() == version(ONE)
    assert await looked.after() == version(TWO)


async def test_what_is_asked_during_a_look_is_answered_by_the_next(looked: Looked) -> None:
    looking = asyncio.create_task(looked.after())
    await asyncio.sleep(0)
    looked.now += 0.5
    asked = looked.now
    await looking
    assert not looked.shelf.sure_since(asked)
    await looked.after()
    assert looked.shelf.sure_since(asked)


async def test_a_half_written_book_is_never_in_force_though_the_half_parses(looked: Looked, file: Path) -> None:
    whole = TWO + "  - name: never\n    when: {any: [refund]}\n    reply: never\n"
    for end in range(len(TWO) - 10, len(whole)):
        file.write_text(whole[:end])
        assert await looked.after() == version(ONE)
    file.write_text(whole)
    assert await looked.after() == version(ONE)
    assert await looked.after() == version(whole)


async def test_a_file_that_is_gone_for_a_moment_is_not_worth_a_word(looked: Looked, file: Path) -> None:
    await looked.after()
    file.unlink()
    assert await looked.logged(1) == []
    file.write_text(TWO)
    assert await looked.logged(2) == ["book_loaded"]


async def test_a_file_that_stays_away_is_told_once_and_the_old_book_stays(looked: Looked, file: Path) -> None:
    aside = file.rename(file.with_suffix(".aside"))
    assert await looked.logged(4) == ["book_refused"]
    assert looked.shelf.refusal == Refusal(
        None, (f"{file}: cannot read the book: No such file or directory; put it back",)
    )
    assert looked.shelf.book.version == version(ONE)
    aside.rename(file)
    assert await looked.logged(4) == ["book_back"]
    assert looked.shelf.refusal is None


async def test_a_folder_in_the_files_place_is_refused(looked: Looked, file: Path) -> None:
    file.unlink()
    file.mkdir()
    assert await looked.logged(3) == ["book_refused"]


async def test_a_pipe_in_the_files_place_is_refused_once_and_holds_nothing_up(looked: Looked, file: Path) -> None:
    aside = file.rename(file.with_suffix(".aside"))
    os.mkfifo(file)
    async with asyncio.timeout(SLOW):
        assert await looked.logged(5) == ["book_refused"]
    assert looked.shelf.refusal == Refusal(None, (f"{file}: cannot read the book: it is no regular file; put it back",))
    aside.rename(file)
    assert await looked.logged(3) == ["book_back"]


def test_what_becomes_a_pipe_between_the_look_and_the_opening_does_not_block(file: Path, tmp_path: Path) -> None:
    shelf, pipe, regular = Shelf(file), tmp_path / "pipe", file.stat()
    os.mkfifo(pipe)
    shelf.file = pipe
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "stat", lambda _: regular)
        seen = shelf._see()
    assert seen is not None
    assert (seen.content, seen.data) == ("it is no regular file", None)


@pytest.mark.parametrize("bad", [BAD, BROKEN_PROMISE, "", "\x00", "[" * 100_000])
async def test_a_bad_book_is_refused_once_and_the_old_one_stays(looked: Looked, file: Path, bad: str) -> None:
    file.write_text(bad)
    assert await looked.logged(5) == ["book_refused"]
    assert looked.shelf.book.version == version(ONE)
    refusal = looked.shelf.refusal
    assert refusal is not None
    assert refusal.version == version(bad)
    assert refusal.faults[0].startswith(f"{file}:")
    file.touch()
    assert await looked.logged(3) == []
    file.write_text(TWO)
    assert await looked.logged(3) == ["book_loaded"]
    assert looked.shelf.refusal is None
    assert looked.shelf.counts == {"book_loaded": 1, "book_refused": 1}


async def test_of_very_many_faults_the_first_are_told(looked: Looked, file: Path) -> None:
    file.write_text(ONE + "".join(f"    oops{n}: 1\n" for n in range(100)))
    await looked.logged(2)
    assert looked.shelf.refusal is not None
    assert len(looked.shelf.refusal.faults) == 21
    assert looked.shelf.refusal.faults[-1] == "and 80 more"


async def test_a_book_larger_than_a_book_may_be_is_refused(looked: Looked, file: Path) -> None:
    file.write_text(TWO + "#" * 5_000_000)
    assert await looked.logged(3) == ["book_refused"]
    assert looked.shelf.refusal is not None
    assert "larger than 5 MB" in looked.shelf.refusal.faults[0]


async def test_the_log_names_both_versions_and_the_faults(looked: Looked, file: Path) -> None:
    with capture_logs() as lines:
        for text in (TWO, BAD):
            file.write_text(text)
            for _ in range(2):
                await looked.after()
    loaded, refused = lines
    assert (loaded["old"], loaded["new"], loaded["rules"]) == (version(ONE), version(TWO), 1)
    assert (refused["stays"], refused["refused"]) == (version(TWO), version(BAD))
    assert "unknown key `oops`" in refused["faults"][0]


async def test_a_config_maps_links_are_followed_when_they_are_swapped(tmp_path: Path) -> None:
    """As Kubernetes does it: book.yaml → ..data/book.yaml, and ..data is replaced by one rename."""
    for name, text in (("..1", ONE), ("..2", TWO)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "book.yaml").write_text(text)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "book.yaml").symlink_to("..data/book.yaml")
    looked = Looked(tmp_path / "book.yaml")
    assert await looked.after() == version(ONE)
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert [await looked.after() for _ in range(2)] == [version(ONE), version(TWO)]


async def test_a_file_that_did_not_change_is_not_read(looked: Looked, file: Path) -> None:
    await looked.after()
    atime = 1_000_000_000  # long before its mtime, so that a read would renew it, on a file system that keeps it
    os.utime(file, ns=(atime, file.stat().st_mtime_ns))
    assert looked.shelf._see() is not None  # the inode's time is new
    await looked.after()
    assert looked.shelf._see() is None


async def test_the_book_of_the_start_must_be_good(file: Path) -> None:
    file.write_text(BAD)
    with pytest.raises(BookError, match="unknown key `oops`"):
        Shelf(file)


async def test_others_go_on_while_a_book_is_loaded(file: Path) -> None:
    looked = Looked(file)
    rules = "".join(
        f"  - name: rule-{n}\n    when: {{any: [word{n}, other word{n}]}}\n    reply: {n}\n" for n in range(1500)
    )
    file.write_text("version: 1\nrules:\n" + rules)
    await looked.after()
    loading, ticks = asyncio.create_task(looked.after()), 0
    while not loading.done():
        await asyncio.sleep(0)
        ticks += looked.shelf._decided != looked.shelf.book.version  # what is decided is not in force yet
    assert await loading != version(ONE)
    assert ticks > 10


async def test_a_look_that_was_asked_for_comes_at_once_and_its_second_a_second_later(file: Path) -> None:
    shelf = Shelf(file)
    keeping = asyncio.create_task(shelf.keep_up())
    file.write_text(TWO)
    shelf.look_now()
    await until(lambda: shelf.book.version == version(TWO), SLOW)
    keeping.cancel()
    assert (shelf.refusal, shelf.counts["book_loaded"]) == (None, 1)
