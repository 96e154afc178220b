"""A changed book in the place of its file: whole or not at all, as its owner wants it, and never over another's."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.changing import ONE, TWO, book, version
from worker.bookshelf import NotWritten, Overtaken, why_not, write_book

SEEN = (version(ONE),)
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(ONE)
    return tmp_path / "book.yaml"


def alone(folder: Path) -> bool:
    """Whether nothing was left beside the book."""
    return [each.name for each in folder.iterdir()] == ["book.yaml"]


def test_the_file_holds_the_new_book_with_the_rights_of_the_old(file: Path) -> None:
    file.chmod(0o640)
    before = file.stat().st_ino
    assert why_not(file) is None
    write_book(file, TWO.encode(), seen=SEEN)
    assert file.read_text() == TWO
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before  # another file, renamed: nobody can have read a half
    assert alone(file.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_file_stays_its_owner_s(file: Path) -> None:
    os.chown(file, 1234, 4321)
    write_book(file, TWO.encode(), seen=SEEN)
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 4321)


def test_what_another_has_written_meanwhile_is_not_overwritten(file: Path) -> None:
    file.write_text(book("another's"))
    with pytest.raises(Overtaken, match=r"the file holds version [0-9a-f]{12} by now") as refused:
        write_book(file, TWO.encode(), seen=SEEN)
    assert refused.value.holds == version(book("another's"))
    assert file.read_text() == book("another's")
    assert alone(file.parent)


def test_of_many_who_began_with_the_same_book_one_writes(file: Path) -> None:
    written: list[str] = []

    def write(text: str) -> None:
        try:
            write_book(file, text.encode(), seen=SEEN)
        except Overtaken:
            return
        written.append(text)

    threads = [threading.Thread(target=write, args=(book(str(number)),)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written == [file.read_text()]


def test_a_link_is_kept_and_what_it_points_to_is_replaced(file: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "current.yaml"
    link.symlink_to("../book.yaml")
    write_book(link, TWO.encode(), seen=SEEN)
    assert link.is_symlink()
    assert file.read_text() == TWO
    assert [each.name for each in link.parent.iterdir()] == ["current.yaml"]


def test_a_config_map_is_refused_with_a_sentence(tmp_path: Path) -> None:
    data = tmp_path / "..2026_03_02"
    data.mkdir()
    (data / "book.yaml").write_text(ONE)
    (tmp_path / "..data").symlink_to(data.name)
    (tmp_path / "book.yaml").symlink_to("..data/book.yaml")
    assert "comes from a ConfigMap" in str(why_not(tmp_path / "book.yaml"))
    with pytest.raises(NotWritten, match="comes from a ConfigMap"):
        write_book(tmp_path / "book.yaml", TWO.encode(), seen=SEEN)
    assert (data / "book.yaml").read_text() == ONE


def test_what_is_no_file_here_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "book.yaml", tmp_path):
        assert "is no file of this host" in str(why_not(path))
        with pytest.raises(NotWritten, match="is no file of this host"):
            write_book(path, TWO.encode(), seen=SEEN)


@contextmanager
def without_roots_rights() -> Iterator[None]:
    """Root may write everywhere; whoever else runs the tests is left as they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_the_right_to_write_is_refused_with_a_sentence() -> None:
    with TemporaryDirectory() as name:  # pytest's own folders nobody else may enter
        file = Path(name) / "book.yaml"
        file.write_text(ONE)
        file.parent.chmod(0o555)
        with without_roots_rights():
            assert "may not write in its folder" in str(why_not(file))
            with pytest.raises(NotWritten, match="may not write in its folder"):
                write_book(file, TWO.encode(), seen=SEEN)
        file.parent.chmod(0o755)


def test_a_file_system_that_cannot_be_written_leaves_the_file_as_it_is() -> None:
    proc = Path("/proc/version")  # a file of this host in whose folder nothing can be made
    if not proc.is_file():
        pytest.skip("there is no /proc")
    data = proc.read_bytes()
    with pytest.raises(NotWritten, match="cannot be written: "):
        write_book(proc, TWO.encode(), seen=[version(data.decode())])
