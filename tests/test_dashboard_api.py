"""The JSON API: the same as the pages, for programs."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from rules.model import Decision, Matched, Message
from tests.conftest import a_message
from tests.dashboards import PASSWORDS, a_dashboard
from tests.ledgers import SILENCE, claimed, key_of
from worker.ledger import Ledger, State
from worker.ledger.doorkeeping import TRIES
from worker.secret import Secret

OPERATOR = {"authorization": f"Bearer {PASSWORDS[Role.OPERATOR].reveal()}"}
VIEWER = {"authorization": f"Bearer {PASSWORDS[Role.VIEWER].reveal()}"}
PARCELS = Decision(rule="parcels", reply="We look for it.", matched=Matched("parcel", ("parcel",)))
ENDS = (State.SENT, State.UNCONFIRMED, State.REJECTED, State.FAILED, State.GIVEN_UP, State.RETRYING)


@dataclass
class Shown:
    """A dashboard with a message in each of some states, each of another person."""

    client: httpx.AsyncClient  # nobody has logged in with it
    ways: Sequence[Way]
    keys: dict[State, str] = field(default_factory=dict)  # of the messages
    personal: list[str] = field(default_factory=list)  # what no viewer may see: numbers, and words that were written

    def message(self, state: State) -> Message:
        """One that has yet to come into this state."""
        number = len(self.keys)
        message = a_message(f"parcel{number} is where", sender=f"+1555000{number:04}")
        self.personal += [message.sender, f"parcel{number}", "We look for it."]
        self.keys[state] = key_of(message)
        return message


@pytest.fixture
async def shown(redis_url: Secret, ledger: Ledger) -> AsyncIterator[Shown]:
    async with a_dashboard(redis_url) as dashboard:
        found = Shown(await dashboard.browser(), dashboard.ways)
        waiting = found.message(State.QUEUED)
        await ledger.stay_silent(await claimed(ledger, found.message(State.SILENT)), SILENCE, "v1")
        for state in ENDS:
            await end(ledger, state, found.message(state))
        await ledger.take_in(waiting)  # last of all: whoever claims takes the first that is ready
        yield found


async def end(ledger: Ledger, state: State, message: Message) -> None:
    attempt = await ledger.begin(await claimed(ledger, message), PARCELS, "v1")
    assert attempt is not None
    code = "accepted" if state is State.SENT else "invalid_phone_number"
    fields = {"reason": code, f"attempt:{attempt.number}": f'{{"answer": "{state}", "code": "{code}", "ms": 12}}'}
    await ledger.settle(attempt, state, fields, delay=timedelta(hours=1))


async def get(shown: Shown, path: str, headers: dict[str, str] | None = None) -> Any:
    answer = await shown.client.get(f"/api/v1{path}", headers=headers or OPERATOR)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(shown: Shown, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
    return await shown.client.post(f"/api/v1{path}", json=body, headers=headers or OPERATOR)


async def test_a_password_is_enough_and_the_wrong_one_is_not(shown: Shown) -> None:
    assert (await shown.client.get("/api/v1/status")).status_code == 401
    assert (await shown.client.get("/api/v1/status", headers=VIEWER)).status_code == 200
    wrong = {"authorization": "Bearer a guess of somebody's"}
    for _ in range(TRIES):
        assert (await shown.client.get("/api/v1/status", headers=wrong)).status_code == 401
    answer = await shown.client.get("/api/v1/status", headers=OPERATOR)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)


async def test_the_password_opens_no_page(shown: Shown) -> None:
    assert (await shown.client.get("/messages", headers=OPERATOR)).status_code == 303


async def test_messages_are_listed_with_the_pages_filters_and_page_by_page(shown: Shown) -> None:
    every: list[str] = []
    after = ""
    while True:
        found = await get(shown, f"/messages?limit=3&after={after}")
        every += [message["key"] for message in found["messages"]]
        if not found["next"]:
            break
        after = found["next"]
    assert len(every) == len(set(every)) == len(shown.keys)
    silent = await get(shown, "/messages?state=silent")
    assert {message["state"] for message in silent["messages"]} == {"silent"}


async def test_one_message_tells_its_story(shown: Shown) -> None:
    key = shown.keys[State.SENT]
    found = await get(shown, f"/messages/{key}")
    assert [step["state"] for step in found["path"]] == ["queued", "claimed", "sending", "sent"]
    assert found["tries"][0]["code"] == "accepted"
    assert (await get(shown, f"/find?q={found['message_id']}"))["message"] == key


async def test_wherever_a_message_is_told_of_its_window_closes_when_its_conversations_does(
    shown: Shown, ledger: Ledger
) -> None:
    key = shown.keys[State.REJECTED]
    sender = (await get(shown, f"/messages/{key}"))["sender"]
    later = a_message("and another", sender=sender, window=timedelta(hours=30))
    await ledger.take_in(later)
    one = await get(shown, f"/messages/{key}")
    closes = {one["window_closes_at"]}
    talk = await get(shown, f"/conversations/{one['conversation']}")
    listed = (await get(shown, "/messages"))["messages"]
    (rejected,) = [need for need in (await get(shown, "/needs-you"))["needs"] if need["kind"] == "rejected"]
    for each in (*talk["messages"], *listed, *rejected["first"]):
        if each["sender"] == sender:
            closes.add(each["window_closes_at"])
    (closing,) = closes
    assert abs(datetime.fromisoformat(closing) - later.window_expires_at) < timedelta(seconds=1)


async def test_whoever_a_person_has_taken_over_and_nobody_has_answered_is_told_of_in_time(
    shown: Shown, ledger: Ledger
) -> None:
    await ledger.take_in(a_message("hello?", sender="+15559990000", window=timedelta(minutes=30)))
    (new,) = [each for each in (await get(shown, "/messages"))["messages"] if each["sender"] == "+15559990000"]
    await post(shown, f"/conversations/{new['conversation']}/take-over", {"span": "4h"})
    (waits,) = (await get(shown, "/needs-you"))["handed_off"]["unanswered"]
    assert waits["sender"] == "+15559990000"


async def test_held_finds_what_only_a_person_looks_at_and_a_change_acts_on_it(shown: Shown) -> None:
    found = await get(shown, "/messages?state=unconfirmed&held=1")
    begun = await post(shown, "/bulks", {"action": "discard", "filters": {"state": "unconfirmed", "held": "1"}})
    assert (begun.status_code, begun.json()["of"], begun.json()["exact"]) == (200, len(found["messages"]), True)


async def test_a_viewer_is_told_neither_numbers_nor_texts(shown: Shown) -> None:
    token = (await get(shown, "/conversations"))["conversations"][0]["conversation"]
    paths = ["/messages", f"/messages/{shown.keys[State.SENT]}", "/conversations", f"/conversations/{token}"]
    for path in [*paths, "/status", "/needs-you", "/audit"]:
        told = (await shown.client.get(f"/api/v1{path}", headers=VIEWER)).text
        assert not [word for word in shown.personal if word in told], path
    for query in ("text=parcel", "sender=%2B15550001"):
        assert (await shown.client.get(f"/api/v1/messages?{query}", headers=VIEWER)).status_code == 400


async def test_a_viewer_changes_nothing(shown: Shown) -> None:
    answer = await post(shown, f"/messages/{shown.keys[State.REJECTED]}/discard", headers=VIEWER)
    assert answer.status_code == 403


async def test_a_change_is_made_once_and_refused_with_its_reason_then(shown: Shown) -> None:
    key = shown.keys[State.REJECTED]
    assert (await post(shown, f"/messages/{key}/discard")).json()["before"] == "rejected"
    again = await post(shown, f"/messages/{key}/discard")
    assert (again.status_code, again.json()["code"]) == (409, "state")


async def test_a_conversation_is_taken_over_answered_once_tagged_and_given_back(shown: Shown) -> None:
    token = (await get(shown, "/conversations"))["conversations"][0]["conversation"]
    path = f"/conversations/{token}"
    assert (await post(shown, f"{path}/take-over", {"span": "4h"})).status_code == 200
    assert (await post(shown, f"{path}/take-over", {"span": "soon"})).status_code == 400
    said = {"text": "This is Ada.", "token": "0123456789abcdef"}
    first, second = [await post(shown, f"{path}/reply", said) for _ in range(2)]
    assert first.json()["key"] == second.json()["key"]
    assert (await post(shown, f"{path}/tag", {"tag": "vip"})).status_code == 200
    found = await get(shown, path)
    assert found["tags"] == ["vip"]
    assert found["handed_off_until"]
    assert [message["by"] for message in found["messages"] if message["by"]] == ["a program (API)"]
    assert (await post(shown, f"{path}/resume")).status_code == 200


async def test_a_token_that_has_sent_one_text_refuses_another(shown: Shown) -> None:
    found = await get(shown, "/conversations")
    message = shown.keys[State.REJECTED]
    for path in (f"/conversations/{found['conversations'][0]['conversation']}/reply", f"/messages/{message}/reply"):
        said = {"text": "This is Ada.", "token": uuid.uuid4().hex}
        assert (await post(shown, path, said)).status_code == 200
        other = await post(shown, path, said | {"text": "This is Ada!"})
        assert (other.status_code, other.json()["code"]) == (409, "token")
        assert "another text was already sent" in other.json()["error"]
        assert (await post(shown, path, said)).json()["again"]


async def test_all_that_match_are_changed_and_it_is_told_how_far_it_is(shown: Shown) -> None:
    begun = (await post(shown, "/bulks", {"action": "discard", "filters": {"state": ["failed", "rejected"]}})).json()
    for _ in range(100):
        told = await get(shown, f"/bulks/{begun['id']}")
        if told["state"] != "running":
            break
    assert (told["state"], told["done"]) == ("done", 2)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages?after=nowhere", 400),
        ("/messages?state=happy", 400),
        ("/messages?older=long", 400),
        ("/messages?limit=0", 400),
        ("/messages?limit=nine", 400),
        ("/series?hours=many", 400),
        ("/queue/jobs?registry=lost", 400),
        ("/conversations?after=x", 400),
        ("/audit?after=x", 400),
        ("/messages/unknown", 404),
        ("/messages/unknown/trace", 404),
        ("/conversations/unknown", 404),
        ("/bulks/unknown", 404),
        ("/find?q=nobody-knows", 404),
        ("/books/unknown", 404),
    ],
)
async def test_what_cannot_be_is_said(shown: Shown, path: str, status: int) -> None:
    answer = await shown.client.get(f"/api/v1{path}", headers=OPERATOR)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 10


@pytest.mark.parametrize("body", [None, "{", [], {"span": 5}, {"span": "4h", "more": 1}])
async def test_a_body_that_cannot_be_is_told_where_it_is_wrong(shown: Shown, body: Any) -> None:
    token = (await get(shown, "/conversations"))["conversations"][0]["conversation"]
    answer = await post(shown, f"/conversations/{token}/take-over", body)
    assert answer.status_code == 422
    assert answer.json()["wrong"]


async def test_the_document_describes_every_call(shown: Shown) -> None:
    found = await get(shown, "/openapi.json")
    assert found["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, of in found["paths"].items() for method in of}
    ways = {(way.method, way.path) for way in shown.ways if way.path.startswith("/api/v1/")}
    assert described == ways - {("GET", "/api/v1/openapi.json")}
