"""The API's answers as its document describes them: each of them, to both roles, from a dashboard with all there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis.asyncio
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from bot.dashboard.app import BODY_LIMIT
from bot.dashboard.roles import Role
from rules import parse
from rules.as_json import iso
from rules.loader import version_of
from rules.model import Message
from tests.book_pages import BOOK, CHANGED, FAULTY
from tests.conftest import a_message
from tests.dashboards import Dashboard, a_dashboard
from tests.ledgers import key_of, lived
from tests.operators import populate
from worker import keys, queue
from worker.bookshelf import Shelf
from worker.ledger import Ledger, Operating, State
from worker.ledger.doorkeeping import TRIES
from worker.secret import Secret

V1: Final = "/api/v1"
BOOKS: Final = f"{V1}/books/{{book}}"
ONE: Final = f"{V1}/messages/{{key}}"
TALK: Final = f"{V1}/conversations/{{token}}"
_SHADOW: Final = "rules:\n  - {name: later, mode: shadow, when: {any: [refund]}, reply: Soon.}\n"
SHADOWED: Final = BOOK.replace("rules:\n", _SHADOW)
FORMATS: Final = FormatChecker()
FORMATS.checks("date-time", raises=ValueError)(lambda text: iso(datetime.fromisoformat(str(text))) == text)  # one form


@dataclass
class Asker:
    """Somebody who calls the API, and holds each answer against the document."""

    http: httpx.AsyncClient
    document: Mapping[str, Any]
    names: dict[str, str]
    ended: set[tuple[str, str, int]] = field(default_factory=set)

    async def get(self, path: str, status: int = 200, query: str = "", **names: str) -> Any:
        return await self._ask("get", path, status, query, None, names)

    async def post(self, path: str, body: Any = None, status: int = 200, **names: str) -> Any:
        return await self._ask("post", path, status, "", body, names)

    async def _ask(self, method: str, path: str, status: int, query: str, body: Any, names: Mapping[str, str]) -> Any:
        answer = await self.http.request(method, path.format(**{**self.names, **names}) + query, json=body)
        assert answer.status_code == status, answer.text
        response = self.document["paths"][path][method]["responses"][str(status)]
        check(self.document, response["content"]["application/json"]["schema"], answer.json())
        self.ended.add((method, path, status))
        return answer.json()


def check(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole, format_checker=FORMATS).validate(value)


@dataclass
class Populated:
    """A dashboard with all there is, and who looks at it."""

    dashboard: Dashboard
    messages: Mapping[State, Message]
    file: Path  # of the book
    operator: Asker
    viewer: Asker


@pytest.fixture
async def populated(
    redis_url: Secret, store: redis.asyncio.Redis, ledger: Ledger, operating: Operating, tmp_path: Path
) -> AsyncIterator[Populated]:
    file = tmp_path / "book.yaml"
    file.write_text(SHADOWED)
    async with a_dashboard(redis_url, file, editable=True) as running:
        decided = a_message("a refund please", sender="+15550009999")
        await lived(ledger, parse(SHADOWED.encode(), "b"), decided)
        await lived(ledger, parse(SHADOWED.encode(), "b"), a_message("is Anna there 98765", sender="+15550009999"))
        messages = await populate(ledger, operating)
        unreadable = a_message("x", sender="+15550008888")
        await ledger.take_in(unreadable)
        await store.hset(keys.RECORD + key_of(unreadable), "fence", "many")
        await store.set(keys.RECORD + "prelude_other", "not a hash")
        browsers = [await running.browser(role) for role in (Role.OPERATOR, Role.VIEWER)]
        document = (await browsers[0].get(f"{V1}/openapi.json")).json()
        names = {
            "book": running.book,
            "account": "prelude",
            "key": key_of(decided),
            "unreadable": key_of(unreadable),
            "token": running.talk(decided.sender).rpartition("/")[2],
            "job": key_of(messages[State.QUEUED]),
        }
        yield Populated(running, messages, file, *(Asker(browser, document, dict(names)) for browser in browsers))


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for path, of in document["paths"].items():
        for method, operation in of.items():
            yield method, path, operation


def shapes(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that an answer may be."""
    if "$ref" in schema:
        yield from shapes(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from shapes(document, each)
    else:
        yield schema


async def read(asker: Asker) -> None:
    """All that viewers may, too."""
    for path in ("status", "series", "needs-you", "queue", "audit", "conversations", "bulks", "books"):
        await asker.get(f"{V1}/{path}")
    for query in ("", "?limit=3", "?state=rejected&older=1s"):
        await asker.get(f"{V1}/messages", query=query)
    for registry in ("queued", "started", "failed"):
        await asker.get(f"{V1}/queue/jobs", query=f"?registry={registry}")
    for key in (asker.names["key"], asker.names["unreadable"], *asker.names["keys"].split()):
        await asker.get(ONE, key=key)
    await asker.get(f"{V1}/find", query=f"?q={asker.names['key']}")
    traced = await asker.get(f"{ONE}/trace")
    assert {step["rule"]: step["verdict"] for step in traced["trace"]}["later"] == "shadow"
    await asker.get(TALK)
    await asker.get(f"{V1}/bulks/{{bulk}}")
    version = version_of(SHADOWED.encode())
    assert (await asker.get(BOOKS))["contents"]["entries"]
    assert (await asker.get(f"{BOOKS}/text"))["version"] == version
    assert (await asker.get(f"{BOOKS}/history"))["history"]
    await asker.get(f"{BOOKS}/diff", query=f"?before={version}&after={version}")
    await asker.post(f"{BOOKS}/try", {"text": "refund"})
    await asker.post(f"{BOOKS}/try", {"text": "nothing", "at": "never"})
    await asker.post(f"{BOOKS}/try", {"text": "nothing", "book": FAULTY})
    for book in (BOOK, CHANGED, FAULTY, SHADOWED):
        await asker.post(f"{BOOKS}/check", {"book": book})
    await asker.get(f"{BOOKS}/errands/{{errand}}")


async def begin(asker: Asker, path: str, body: Any = None) -> str:
    """Such work, until it has ended."""
    begun: str = (await asker.post(path, body))["id"]
    async with asyncio.timeout(30):
        while (await asker.get(f"{BOOKS}/errands/{{errand}}", errand=begun))["running"]:
            await asyncio.sleep(0.02)
    return begun


async def change(asker: Asker, populated: Populated) -> None:
    """What operators alone may."""
    keys_of = {state: key_of(message) for state, message in populated.messages.items()}
    await begin(asker, f"{BOOKS}/compare", {"book": CHANGED})
    await begin(asker, f"{BOOKS}/compare", {"book": FAULTY})
    await asker.post(f"{BOOKS}/example", {"rule": "refund", "text": "undo it"})
    assert (await asker.get(f"{V1}/find", query="?q=%2B15550009999"))["conversations"]
    for path, body in (("take-over", {"span": "4h"}), ("tag", {"tag": "vip 7"}), ("opt-out", None)):
        await asker.post(f"{TALK}/{path}", body)
    await read(asker)
    await read(populated.viewer)
    for path, body in (("resume", None), ("untag", {"tag": "vip 7"}), ("opt-in", None)):
        await asker.post(f"{TALK}/{path}", body)
    for token in ("one-token", "two-tokens", "two-tokens"):
        await asker.post(f"{TALK}/reply", {"text": "This is Ada.", "token": token})
    await asker.post(f"{ONE}/reply", {"text": "This is Ada.", "token": "three-tokens"})
    await asker.post(f"{ONE}/resend", key=keys_of[State.REJECTED])
    await asker.post(f"{ONE}/discard", key=keys_of[State.UNCONFIRMED])
    for what in ("pause", "resume"):
        await asker.post(f"{V1}/accounts/{{account}}/{what}")
    versions = [version_of(text.encode()) for text in (SHADOWED, CHANGED)]
    await asker.post(f"{BOOKS}/put", {"book": CHANGED, "began_with": versions[0]})
    desk = populated.dashboard.room.desk
    await desk.library.kept(str(populated.file)).write(Shelf(populated.file).edition)  # as a worker does
    await asker.post(f"{BOOKS}/return", {"version": versions[0], "began_with": versions[1]})
    await asker.post(f"{TALK}/forget")


async def test_each_answer_is_as_the_document_says_for_both_roles(
    populated: Populated, store: redis.asyncio.Redis
) -> None:
    operator, viewer = populated.operator, populated.viewer
    job = operator.names["job"]
    begun = (await operator.post(f"{V1}/bulks", {"action": "discard", "filters": {"state": "failed"}}))["id"]
    found = await begin(operator, f"{BOOKS}/unmatched")
    for asker in (operator, viewer):
        asker.names |= {"bulk": begun, "errand": found, "keys": " ".join(map(key_of, populated.messages.values()))}
    await change(operator, populated)
    for what in ("ring", "delete"):
        await store.zadd(queue.FAILED_KEY, {job: 1})
        await operator.post(f"{V1}/queue/jobs/{{job}}/{what}")
    await store.hset(keys.BULK + begun, mapping={"state": "running", "beat": "9" * 13})
    await operator.post(f"{V1}/bulks/{{bulk}}/stop")
    every = {(method, path): operation["description"] for method, path, operation in operations(operator.document)}
    theirs = {call for call, whose in every.items() if whose == "For viewers, too."}
    for asker, may in ((operator, set(every)), (viewer, theirs)):
        assert may == {(method, path) for method, path, status in asker.ended if status == 200}


async def test_each_error_is_as_the_document_says(populated: Populated) -> None:
    operator, viewer = populated.operator, populated.viewer
    stranger = Asker(await populated.dashboard.browser(), operator.document, operator.names)
    await stranger.get(f"{V1}/status", 401)
    await viewer.post(f"{ONE}/resend", status=403)
    await operator.get(f"{V1}/messages", 400, "?limit=0")
    await operator.post(f"{V1}/bulks", {"action": "discard", "filters": {"none": "x"}}, 400)
    await operator.get(ONE, 404, key="none")
    await operator.post(f"{TALK}/take-over", {"span": 5, "more": []}, 422)
    sent = key_of(populated.messages[State.SENT])
    assert (await operator.post(f"{ONE}/resend", status=409, key=sent))["before"] == "sent"
    await operator.post(f"{V1}/accounts/{{account}}/pause")
    await operator.post(f"{V1}/accounts/{{account}}/pause", status=409)
    assert (await operator.post(f"{ONE}/resend", status=409, key=operator.names["unreadable"]))["code"] == "damaged"
    assert (await operator.get(ONE, 409, key="prelude_other"))["code"] == "damaged"
    put = {"book": CHANGED, "began_with": "another"}
    assert (await operator.post(f"{BOOKS}/put", put, 409))["code"] == "overtaken"
    assert (await operator.post(f"{BOOKS}/put", put | {"book": FAULTY}, 409))["code"] == "faults"
    await operator.post(f"{BOOKS}/example", {"rule": "none", "text": "x"}, 409)
    for _ in range(5):
        await operator.post(f"{BOOKS}/unmatched")
    assert (await operator.post(f"{BOOKS}/unmatched", status=503))["code"] == "busy"
    stranger.http.headers["authorization"] = "Bearer a guess of somebody's"
    for status in (*[401] * TRIES, 429):
        await stranger.get(f"{V1}/status", status)


async def test_what_is_too_large_is_refused_with_a_text(populated: Populated) -> None:
    path = f"{BOOKS}/check"
    address = path.format(**populated.operator.names)
    answer = await populated.operator.http.post(address, content=b"x" * (BODY_LIMIT + 1))
    (media,) = populated.operator.document["paths"][path]["post"]["responses"]["413"]["content"]
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (413, media)


async def test_every_answer_has_a_schema_of_which_every_field_says_what_it_is(populated: Populated) -> None:
    document = populated.operator.document
    for method, path, operation in operations(document):
        assert {"200", "409", "503"} < operation["responses"].keys()
        for status, response in operation["responses"].items():
            schema = response["content"].get("application/json", {}).get("schema")
            if schema is None:
                assert status == "413"
                continue
            for shape in shapes(document, schema):
                assert shape["properties"], (method, path, status)
                assert shape["required"], (method, path, status)
                assert not shape["additionalProperties"], (method, path, status)
                assert all(each.get("description") for each in shape["properties"].values()), (method, path, status)
    named = {name: of for name, of in document["components"]["schemas"].items() if not name.endswith("Body")}
    for name, of in named.items():
        assert "__" not in name, name  # two types of one name
        assert all(each.get("description") for each in of.get("properties", {}).values()), name


async def test_a_field_too_few_too_many_or_of_another_type_is_noticed(populated: Populated) -> None:
    document = populated.operator.document
    for path in (f"{V1}/status", ONE, TALK, BOOKS):
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        good = await populated.operator.get(path)
        for name in good:
            for wrong in ({key: value for key, value in good.items() if key != name}, {**good, name: [object]}):
                with pytest.raises(ValidationError):
                    check(document, schema, wrong)
        with pytest.raises(ValidationError):
            check(document, schema, {**good, "more": 1})
