"""The dashboard in Chromium, over the real thing: receiver, worker, sandbox and dashboard, each a process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.resources import as_file

import pytest
from playwright.async_api import Browser, FilePayload, Page, Route, expect

from bot.commands.demo import STARTER
from bot.demo.stage import Stage, stage
from rules.loader import version_of
from tests.browsers import browser, complaints_of

pytestmark = pytest.mark.browser

CUSTOMER = "+14155550123"


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[Browser]:
    async with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    with as_file(STARTER) as book:
        async with stage(book, tmp_path_factory.mktemp("service"), port=0, editable=True) as running:
            yield running


@dataclass
class Desk:
    """A dashboard somebody has logged in to, and the phone of a customer."""

    page: Page
    phone: Page
    service: Stage
    complaints: list[str]

    async def write(self, text: str) -> None:
        """The customer does."""
        await self.phone.get_by_role("textbox", name="Message").fill(text)
        await self.phone.keyboard.press("Enter")

    async def open_talk(self, text: str) -> None:
        """Once the customer has written `text`, which is on the page."""
        await self.write(text)
        await self.go("Conversations")
        await expect(self.page.locator(".talk").first).to_contain_text(text)
        await self.page.locator(".talk").first.click()
        await expect(self.page.locator("#chat")).to_contain_text(text)

    async def log_in(self, name: str = "Ada") -> None:
        await self.page.get_by_label("Your name").fill(name)
        await self.page.get_by_label("Password").fill(self.service.password)
        await self.page.get_by_role("button", name="Log in").click()

    async def go(self, place: str) -> None:
        await self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=place).click()


@pytest.fixture
async def desk(opened: Browser, service: Stage) -> AsyncIterator[Desk]:
    context = await opened.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    held = Desk(page, await opened.new_page(), service, complaints_of(page))
    await held.page.goto(service.dashboard)
    await held.log_in()
    await expect(held.page.get_by_role("heading", name="Overview")).to_be_visible()
    await held.phone.goto(f"{service.phone}/?number={CUSTOMER.replace('+', '%2B')}")
    yield held
    await context.close()
    await held.phone.close()
    assert held.complaints == []


async def test_a_message_is_seen_to_arrive_found_explained_taken_over_and_answered(desk: Desk) -> None:
    page = desk.page
    # It arrives while somebody looks.
    await desk.go("Messages")
    await desk.write("Where is my order #48213?")
    row = page.get_by_role("row").filter(has_text="Where is my order #48213?")
    await expect(row).to_contain_text("order-number")
    await expect(row).to_contain_text("delivered")
    # Found by the number, and from there its story.
    await page.get_by_role("searchbox").fill(CUSTOMER)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    assert CUSTOMER[1:] not in page.url
    chat = page.locator("#chat")
    await expect(chat.locator(".bubble")).to_have_count(2)
    await chat.locator(".bubble.mine").get_by_role("link").first.click()
    await expect(page.locator("tr.answers")).to_contain_text("order-number")
    await expect(page.get_by_text("Attempts to send")).to_be_visible()
    # Taken over: the book is silent.
    await page.go_back()
    await page.get_by_role("button", name="Take over").click()
    await expect(page.get_by_text("The book is silent here; you answer.")).to_be_visible()
    await desk.write("hello? is anybody there?")
    await expect(chat).to_contain_text("hello? is anybody there?")
    await expect(chat).to_contain_text("handed off")
    # Answered by hand, and on the phone.
    await page.get_by_label("Answer by hand").fill("This is Ada. Your order comes today.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(desk.phone.locator(".bubble.theirs").last).to_contain_text("This is Ada.")
    await expect(chat.locator(".bubble.mine").last).to_contain_text("Ada (dashboard)")
    await desk.go("Audit")
    await expect(page.get_by_role("row").filter(has_text="hand-off").first).to_contain_text("Ada (dashboard)")


async def test_an_account_is_paused_and_resumed_and_the_badge_says_so(desk: Desk) -> None:
    page, badges = desk.page, desk.page.locator("#badges")
    await page.get_by_role("button", name=re.compile("Pause")).click()
    await expect(badges).to_contain_text("held")
    await desk.write("Hi there!")
    await expect(page.locator("#now")).to_contain_text("queued")
    await page.get_by_role("button", name=re.compile("Resume")).click()
    await expect(badges).not_to_contain_text("held")


async def test_a_reply_outlives_a_session_that_ended_and_is_said_not_to_be_sent(desk: Desk) -> None:
    page = desk.page
    # No event comes: a part that is asked for would lead to the log-in before anything is sent.
    await page.add_init_script("window.EventSource = class { addEventListener() {} close() {} }")
    await desk.open_talk("one more question")
    field = page.get_by_label("Answer by hand")
    await field.fill("A long and careful answer.")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Your session has ended: what you sent was not done.")).to_be_visible()
    await desk.log_in()
    await expect(field).to_have_value("A long and careful answer.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Your text is on its way.")).to_be_visible()
    await expect(field).to_have_value("")
    await expect(desk.phone.locator(".bubble.theirs").last).to_contain_text("A long and careful")


async def test_a_page_whose_session_ended_leads_to_the_log_in_and_back_and_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("and another question")
    field = page.get_by_label("Answer by hand")
    await field.fill("Half an answ")
    await page.context.clear_cookies()
    await desk.write("are you there?")  # the chat asks for what is new
    await expect(page.get_by_text("Your session has ended. Log in")).to_be_visible()
    await desk.log_in()
    await expect(field).to_have_value("Half an answ")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Password")).to_be_visible()
    assert not [
        name for name in await page.evaluate("Object.keys(sessionStorage)") if name != "htmx-current-path-for-history"
    ]


async def test_a_page_that_nothing_reaches_learns_that_its_session_has_ended(desk: Desk) -> None:
    page = desk.page
    await page.route("**/live", lambda route: route.abort())
    await desk.open_talk("the last question")
    await page.get_by_label("Answer by hand").fill("Half an answ")
    await page.context.clear_cookies()
    await expect(page.get_by_text("Your session has ended. Log in")).to_be_visible()
    desk.complaints.clear()  # of what was aborted


async def test_a_draft_stays_while_something_else_is_done_on_its_page(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("and one more")
    field = page.get_by_label("Answer by hand")
    await field.fill("Half an answ")
    await page.get_by_label("Tag", exact=True).fill("vip")
    await page.get_by_role("button", name="Tag", exact=True).click()
    await expect(page.locator("#said.good")).to_be_visible()
    await expect(field).to_have_value("Half an answ")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Your text is on its way.")).to_be_visible()
    await expect(field).to_have_value("")


async def test_a_link_neither_speaks_for_the_dashboard_nor_ends_a_draft(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("one question more")
    field = page.get_by_label("Answer by hand")
    await field.fill("Half an answ")
    await page.goto(f"{page.url.partition('?')[0]}?said=Call+us&good=1")
    await expect(field).to_have_value("Half an answ")
    await expect(page.get_by_text("Call us")).to_have_count(0)
    await field.fill("")


async def test_a_reply_whose_answer_was_lost_is_sent_again_from_its_draft_and_goes_out_once(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("is it open today?")

    async def lose(route: Route) -> None:
        await route.fetch(max_redirects=0)
        await route.fulfill(status=503, body="nobody knows")

    await page.route("**/reply", lose, times=1)
    talk = page.url
    await page.get_by_label("Answer by hand").fill("Until six o'clock.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("nobody knows")).to_be_visible()
    await expect(desk.phone.locator(".bubble.theirs").last).to_contain_text("Until six")
    await page.goto(talk)
    await expect(page.get_by_label("Answer by hand")).to_have_value("Until six o'clock.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#said.good")).to_be_visible()
    await expect(page.get_by_label("Answer by hand")).to_have_value("")
    await expect(page.locator("#chat .bubble.mine").filter(has_text="Until six")).to_have_count(1)
    await expect(desk.phone.locator(".bubble.theirs").filter(has_text="Until six")).to_have_count(1)
    desk.complaints.clear()  # of the 503


async def test_what_somebody_typed_is_not_shown_to_who_logs_in_after_them(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("who reads this?")
    field, talk = page.get_by_label("Answer by hand"), page.url
    await field.fill("Between you and me")
    await page.context.clear_cookies()
    await page.goto(talk)
    await desk.log_in("Bob")
    await expect(field).to_have_value("")
    await page.context.clear_cookies()
    await page.goto(talk)
    await desk.log_in()
    await expect(field).to_have_value("")


async def test_a_file_that_was_chosen_can_be_edited_before_it_is_checked(desk: Desk) -> None:
    page, book = desk.page, desk.page.locator("#book")
    await desk.go("Rules")
    await page.get_by_role("link", name="Change").click()
    text = "version: 1\r\nname: Chosen\r\nrules:\r\n- {name: rest, when: anything, reply: Yes.}\r\n"
    file = FilePayload(name="chosen.yaml", mimeType="text/yaml", buffer=text.encode())
    await page.wait_for_load_state()  # with its scripts
    await page.locator("#file").set_input_files(file)
    await expect(page.get_by_text("chosen.yaml is in the editor.")).to_be_visible()
    await book.fill((await book.input_value()).replace("Yes.", "No."))
    await page.get_by_role("button", name="Check").click()
    put = page.get_by_role("button", name=re.compile("^Put"))
    await expect(put).to_contain_text(version_of(text.replace("Yes.", "No.").encode()))
    assert "reply: No." in await book.input_value()


async def test_a_rule_s_row_opens_its_examples_and_leads_to_its_line_in_the_book(desk: Desk) -> None:
    page = desk.page
    await desk.go("Rules")
    row = page.get_by_role("region", name="Rules").get_by_role("row").nth(3)
    name = await row.get_by_role("rowheader").locator("bdi").inner_text()
    await row.locator("summary").click()
    await expect(row.locator("pre")).to_contain_text("examples:")
    await row.get_by_role("link", name="Open it in the editor").click()
    chosen = await page.locator("#book").evaluate("book => book.value.slice(book.selectionStart, book.selectionEnd)")
    assert chosen == f"  - name: {name}"


async def test_an_edited_book_outlives_a_session_that_ended_and_its_writer_takes_it_back(desk: Desk) -> None:
    page, book = desk.page, desk.page.locator("#book")
    await desk.go("Rules")
    await page.get_by_role("link", name="Change").click()
    before = await book.input_value()
    await book.fill(before + "# mine\n")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Check").click()
    await desk.log_in()
    await expect(book).to_have_value(before)
    await page.get_by_role("button", name="Take it back").click()
    await expect(book).to_have_value(before + "# mine\n")
    await page.reload()
    await page.get_by_role("button", name="Drop it").click()
    await page.reload()
    await expect(book).to_have_value(before)
    await expect(page.get_by_text("What you had typed here")).to_have_count(0)


HELD = "element => { element.focus(); window.held = element; }"
IS_HELD = "document.activeElement === window.held"


async def test_what_has_the_focus_and_what_is_selected_stay_when_a_message_arrives(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("the focus stays here")
    chat = page.locator("#chat")
    await chat.get_by_role("link").last.evaluate(HELD)
    await desk.write("while this arrives in the chat")
    await expect(chat).to_contain_text("while this arrives in the chat")
    assert await page.evaluate(IS_HELD)
    await desk.go("Messages")
    row = page.get_by_role("row").filter(has_text="the focus stays here")
    await row.get_by_role("link").last.evaluate(HELD)
    await row.evaluate("row => getSelection().selectAllChildren(row.cells[3])")
    await desk.write("while this arrives in the list")
    await expect(page.get_by_role("row").nth(1)).to_contain_text("while this arrives in the list")
    assert await page.evaluate(IS_HELD)
    assert await page.evaluate("String(getSelection())") == "the focus stays here"
    assert await page.evaluate("held.closest('tr').textContent.includes('the focus stays here')")
    await desk.go("Conversations")
    await page.locator(".talk").first.evaluate(HELD)
    await desk.write("while this arrives among the conversations")
    await expect(page.locator(".talk").first).to_contain_text("while this arrives among the conversations")
    assert await page.evaluate(IS_HELD)
    await desk.go("Overview")
    await page.get_by_role("button", name=re.compile("Pause")).evaluate(HELD)
    figures = page.locator("#now .figure")
    before = await figures.all_inner_texts()
    await desk.write("while this is counted")
    await expect(figures.filter(has_not_text=re.compile(f"^({'|'.join(before)})$"))).not_to_have_count(0)
    assert await page.evaluate(IS_HELD)


async def test_what_has_the_focus_keeps_it_when_the_list_of_who_waits_is_asked_for_again(desk: Desk) -> None:
    page = desk.page
    await desk.open_talk("somebody, please")
    await page.get_by_role("button", name=re.compile("Take over|Prolong")).click()
    await desk.write("are you there?")
    await expect(page.locator("#chat")).to_contain_text("are you there?")
    await desk.go("Needs you")
    await page.locator(".talk").first.evaluate(HELD)
    async with page.expect_response("**/needs-you"):
        pass
    await page.wait_for_timeout(300)
    assert await page.evaluate(IS_HELD)
    await page.locator(".talk").first.click()
    await page.get_by_role("button", name="Let the book answer again").click()


async def test_a_page_that_nobody_sees_holds_no_connection(desk: Desk) -> None:
    page = desk.page
    listening: list[str] = []
    page.on("request", lambda request: listening.append(request.url) if request.url.endswith("/live") else None)
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.url))
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    await page.evaluate(hide % "true" + tell)
    await page.wait_for_timeout(300)
    assert [url for url in ended if url.endswith("/live")]
    await page.evaluate(hide % "false" + tell)
    await page.wait_for_timeout(300)
    assert len(listening) == 1


async def test_where_no_events_come_the_badges_are_asked_for(desk: Desk) -> None:
    page, badges = desk.page, desk.page.locator("#badges")
    await page.route("**/live", lambda route: route.fulfill(status=503))
    await page.goto(desk.service.dashboard)
    await page.get_by_role("button", name=re.compile("Pause")).click()
    await expect(badges).to_contain_text("held")
    await page.get_by_role("button", name=re.compile("Resume")).click()
    await expect(badges).not_to_contain_text("held")
    await page.goto("about:blank")  # it would ask again
    desk.complaints.clear()  # of the 503 that it was given


async def test_a_page_works_without_scripts(opened: Browser, service: Stage) -> None:
    context = await opened.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{service.dashboard}/messages")
    await page.get_by_label("Password").fill(service.password)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    await page.get_by_label("State").select_option("window_closed")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text("Nothing fits: state window closed.")).to_be_visible()
    await context.close()
