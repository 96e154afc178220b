"""The dashboard's pages about books: what they show to whom, and what they change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.dashboard.roles import Role
from rules import parse
from rules.loader import version_of
from tests.book_pages import BOOK, CHANGED, FAULTY, PART, BookPages, book_pages, page_of
from tests.conftest import a_message
from tests.dashboards import log_in
from tests.ledgers import lived
from worker.bookshelf import Shelf
from worker.ledger import Ledger, Operating
from worker.secret import Secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(BOOK)
    return tmp_path / "book.yaml"


@pytest.fixture
async def operator(redis_url: Secret, file: Path) -> AsyncIterator[BookPages]:
    async with book_pages(redis_url, file) as shown:
        yield shown


@pytest.fixture
async def viewer(redis_url: Secret, file: Path) -> AsyncIterator[BookPages]:
    async with book_pages(redis_url, file, role=Role.VIEWER) as shown:
        yield shown


async def decided(ledger: Ledger, texts: Sequence[str]) -> None:
    for number, text in enumerate(texts):
        await lived(ledger, parse(BOOK.encode(), "b"), a_message(text, sender=f"+4915{number:08}"))


async def ended(shown: BookPages, path: str) -> str:
    """The page, when what it tells of has ended."""
    async with asyncio.timeout(30):
        while 'id="errand" hx-get' in (text := await shown.get(path)):
            await asyncio.sleep(0.02)
    return text


# What is in force


async def test_the_one_book_is_shown_with_its_rules_and_their_hits(operator: BookPages, ledger: Ledger) -> None:
    await decided(ledger, ["a refund", "my money back", "what"])
    response = await operator.http.get("/rules")
    assert response.headers["location"] == operator.book
    text = await operator.get("")
    assert "Shop &amp; &lt;b&gt;sons&lt;/b&gt;" in text
    rows = re.findall(r"<tr>\s*<th scope=\"row\"><bdi>(\w+)</bdi>.*?</tr>", text, re.DOTALL)
    assert rows == ["stop", "refund"]
    assert re.search(
        r'<bdi>refund</bdi>.*?<td class="number"[^>]*><a href="/messages\?rule=refund">2</a></td>\s*<td[^>]*><time',
        text,
        re.DOTALL,
    )
    assert version_of(BOOK.encode()) in text
    assert "no worker" in text
    assert re.findall(r"<bdi>(stop|refund)</bdi>", await operator.get("?about=REF")) == ["refund"]


async def test_without_a_book_the_page_says_what_to_do_and_a_stranger_is_not_there(operator: BookPages) -> None:
    assert "no such book" in page_of(await operator.http.get("/rules/00000000"), 404)
    assert "forgotten" in await operator.get("/compared/0123456789abcdef", 404)
    assert "no such" in await operator.get("/history/diff?before=x&after=y", 404)


# The playground


async def test_a_message_is_answered_as_a_page_and_as_a_part_of_one(viewer: BookPages) -> None:
    page = await viewer.post("/try", text="a refnud <i>", tags="vip")
    assert "<!doctype html>" in page
    assert "Which order?" in page
    assert "a refnud &lt;i&gt;" in page
    response = await viewer.http.post(viewer.book + "/try", data={"text": "a refund"}, headers=PART)
    assert response.text.startswith("{#") is False
    assert "<html" not in response.text
    assert re.findall(r"verdict-([\w-]+)", response.text) == ["no", "answers"]


async def test_an_edited_book_is_asked_without_being_in_force(viewer: BookPages) -> None:
    part = {"text": "give it back", "book": CHANGED.replace("\n", "\r\n")}
    response = await viewer.http.post(viewer.book + "/try", data=part, headers=PART)
    assert "Which order?" in response.text
    assert "Which order?" not in await viewer.post("/try", text="give it back")
    assert "Which order?" in await viewer.edit("/change", CHANGED, do="try", text="give it back")
    assert "has 1 fault" in await viewer.post("/try", text="x", book=FAULTY)


# A changed one


async def test_faults_stand_in_their_lines_and_the_text_stays(operator: BookPages) -> None:
    text = await operator.edit("/change", FAULTY, do="check")
    assert "1 fault<" in text
    marked = re.search(r'<li class="marked">.*?</li>', text, re.DOTALL)
    assert marked is not None
    assert 'data-line="10"' in marked[0]
    assert "unknown key `oops`" in marked[0]
    assert "    oops: 1\n" in text.replace("\r", "")
    assert "/put" not in text


async def test_a_good_book_is_checked_and_can_be_put_in_force_and_undone(
    operator: BookPages, operating: Operating
) -> None:
    before, after = version_of(BOOK.encode()), version_of(CHANGED.encode())
    text = await operator.edit("/change", CHANGED, do="check")
    assert f"Put {after} in force" in text
    assert '<span class="added">+    when: {any: [refund, give it back]}' in text
    there = await operator.edit("/put", CHANGED, 303, checked=after)
    assert there == f"{operator.book}/history?put={after}"
    assert operator.file.read_text() == CHANGED
    assert f"{after}</code> is written" in page_of(await operator.http.get(there), 200)
    await operator.desk.library.kept(str(operator.file)).write(Shelf(operator.file).edition)  # as a worker does
    history = page_of(await operator.http.get(there), 200)
    assert f"{after}</code> is in force" in history
    assert "ann (dashboard)" in history
    diff = await operator.get(f"/history/diff?before={before}&after={after}")
    assert '<span class="removed">-    when: {any: [refund, money back]}' in diff
    assert await operator.post("/return", 303, version=before, began_with=after)
    assert operator.file.read_text() == BOOK
    results = [(each.who, each.result) for each in (await operating.audit_page()).entries]
    assert results[::2] == [
        ("ann (dashboard)", f"done: {after} -> {before}"),
        ("ann (dashboard)", f"done: {before} -> {after}"),
    ]


async def test_what_was_typed_since_the_check_is_not_put_in_force(operator: BookPages) -> None:
    text = await operator.edit("/put", CHANGED, 409, checked=version_of(BOOK.encode()))
    assert "not the one that was checked" in text
    assert "not the one that was checked" in await operator.edit("/put", CHANGED, 409)
    assert operator.file.read_text() == BOOK


async def test_a_lost_update_is_refused_with_what_differs(operator: BookPages) -> None:
    other = BOOK.replace("Goodbye.", "Farewell.")
    operator.file.write_text(other)
    await operator.desk.library.kept(str(operator.file)).write(Shelf(operator.file).edition)
    began_with = version_of(BOOK.encode())
    checked = version_of(CHANGED.encode())
    text = await operator.edit("/put", CHANGED, 409, checked=checked, began_with=began_with)
    assert "Nothing was written" in text
    assert version_of(other.encode()) in text
    assert '<span class="removed">-    reply: Farewell.' in text
    assert f'name="began_with" data-of="book" value="{version_of(other.encode())}"' in text
    assert operator.file.read_text() == other


async def test_a_file_is_taken_instead_of_the_text(operator: BookPages) -> None:
    for data, fault in ((FAULTY.encode(), "unknown key `oops`"), (b"version: 1\n# \xff\n", "byte 0xff is not UTF-8")):
        parts = [("file", ("book.yaml", data)), ("book", (None, BOOK.encode()))]
        response = await operator.http.post(f"{operator.book}/change", files=parts)
        assert fault in page_of(response, 200)


async def test_where_it_is_not_allowed_no_button_puts_in_force_and_no_request_does(
    redis_url: Secret, file: Path
) -> None:
    async with book_pages(redis_url, file, editable=False) as shown:
        text = await shown.edit("/change", CHANGED, do="check")
        assert "AUTOREPLY_BOOK_EDITABLE=1 allows it" in text
        assert "/put" not in text
        text = await shown.edit("/put", CHANGED, 409, checked=version_of(CHANGED.encode()))
        assert "AUTOREPLY_BOOK_EDITABLE=1 allows it" in text
        assert file.read_text() == BOOK


# What came


async def test_a_changed_book_is_compared_with_what_came(operator: BookPages, ledger: Ledger) -> None:
    await decided(ledger, ["my money back", "<i> give it back", "a refund"])
    there = await operator.edit("/compare", CHANGED, 303)
    text = await ended(operator, there.removeprefix(operator.book))
    assert "<strong>2 of 3</strong>" in text
    assert "&lt;i&gt; give it back" in text
    assert "gain a reply" in text
    assert "lose their reply" in text
    assert CHANGED.splitlines()[9] in text  # to go back to the editor with
    assert "unknown key `oops`" in await operator.edit("/compare", FAULTY, 422)


async def test_what_nothing_answers_is_shown_to_an_operator_and_makes_a_patch(
    operator: BookPages, ledger: Ledger
) -> None:
    await decided(ledger, ["undo it 77", "undo it 99", "my name is Anna"])
    assert await operator.post("/unmatched", 303) == f"{operator.book}/unmatched"
    text = await ended(operator, "/unmatched")
    assert "undo it 99" in text
    assert 'value="undo it 12"' in text
    assert 'value="my name is Xxxx"' in text
    patch = await operator.post("/example", rule="refund", text="undo it 12", kind="matches")
    assert '<span class="added">+      matches: [a refund please, undo it 12]   # money' in patch
    assert "this rule should answer" in patch
    assert "has no rule &#34;none&#34;" in await operator.post("/example", rule="none", text="x")


async def test_a_viewer_sees_no_customer_s_text(redis_url: Secret, file: Path, ledger: Ledger) -> None:
    await decided(ledger, ["undo it 98765432", "my name is Anna"])
    async with book_pages(redis_url, file) as operator:
        await operator.post("/unmatched", 303)
        await ended(operator, "/unmatched")
        compared = await operator.edit("/compare", CHANGED, 303)
        await log_in(operator.http, Role.VIEWER, "omar")
        text = await operator.get("/unmatched")
        assert "••• 16 characters" in text
        assert not re.search('undo|xxxx|Anna|98765432|value="my name', text)
        errand = compared.rpartition("/")[2]
        assert "no such" in await operator.get(f"/errands/{errand}", 404)
        page_of(await operator.http.get(compared), 403)


@pytest.mark.parametrize("path", ["/put", "/return", "/compare", "/unmatched", "/example"])
async def test_a_viewer_changes_nothing_and_no_other_site_does(viewer: BookPages, path: str) -> None:
    await viewer.post(path, 403, book=CHANGED, version="x", began_with="y", checked=version_of(CHANGED.encode()))
    await log_in(viewer.http, Role.OPERATOR)
    del viewer.http.headers["sec-fetch-site"]
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://elsewhere"}, {}):
        response = await viewer.http.post(viewer.book + path, data={"book": CHANGED}, headers=headers)
        assert response.status_code == 403
    assert (await viewer.http.get(viewer.book + path)).status_code in (405, 200)
    assert viewer.file.read_text() == BOOK


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "</textarea></option><b>bold</b>",
    "\u202egnp.exe \u2066x\u2069",
    "javascript:alert(1)",
    "a\r\nset-cookie: x=y",
]


async def test_what_hostile_people_write_is_inert_on_every_page(operator: BookPages, ledger: Ledger) -> None:
    await decided(ledger, [f"{text} x{number}" for number, text in enumerate(HOSTILE)])
    await operator.post("/unmatched", 303)
    pages = [await ended(operator, "/unmatched")]
    there = await operator.edit("/compare", f"{BOOK}  - {{name: rest, when: anything, reply: b}}\n", 303)
    pages.append(await ended(operator, there.removeprefix(operator.book)))
    for text in HOSTILE:
        pages.append(await operator.post("/try", text=text, tags=text, at=text, **{"from": text}))
        pages.append(await operator.post("/example", text=text, rule=text))
        pages.append(await operator.post("/example", text=text, rule="refund"))
        pages.append(await operator.edit("/change", f"# {text}\n{BOOK}{text}: 1\n", do="check"))
    for page in pages:
        assert not re.search(r"<script>|<img src=x|<b>bold|onfocus=alert\(1\) autofocus=[\"'>]", page)
        assert " 49 " not in page
        assert page.count("<textarea") == page.count("</textarea>")
