"""The ledger against a real server: what each script promises, and what it refuses."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio
from hypothesis import given
from hypothesis import strategies as st
from rq.job import Job
from rq.serializers import JSONSerializer

from rules.model import Action, Conversation, Decision, Shadow
from tests.clocked import TRIMMED
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, key_of, lived, remembered, state_of, sweep
from tests.rulebooks import book
from worker import keys, queue
from worker.connection import connect, connect_blocking
from worker.ledger import Ledger, LedgerUnavailable, Record, State, Times, Unreadable
from worker.ledger.conversation import REPLIES, read_json, write_json
from worker.ledger.fields import milliseconds, moment
from worker.ledger.scripts import PAGE
from worker.secret import Secret

# Taking in


async def test_a_message_is_taken_in_with_its_record_and_a_ring(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message("where is my order?")
    assert await ledger.take_in(message) == "new"
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.state, record.message.text, record.message.sender) == ("queued", message.text, message.sender)
    assert abs(record.message.window_expires_at - message.window_expires_at) < timedelta(milliseconds=2)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(message)]


@pytest.mark.parametrize(("text", "media"), [("", "image"), ("look", "video"), ("look", None)])
async def test_what_a_message_is_besides_text_is_kept_with_it(ledger: Ledger, text: str, media: str | None) -> None:
    claim = await claimed(ledger, a_message(text, media=media))
    assert (claim.record.message.text, claim.record.message.media) == (text, media)


async def test_a_text_alone_takes_no_field_for_its_media(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    await ledger.take_in(message)
    assert not await store.hexists(keys.RECORD + key_of(message), "media")


async def test_a_record_of_before_there_was_media_is_read_as_text_alone(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message("look", media="image")
    await ledger.take_in(message)
    await store.hdel(keys.RECORD + key_of(message), "media")
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.message.text, record.message.media) == ("look", None)


async def test_a_bare_picture_is_decided_by_a_rule_for_it(ledger: Ledger) -> None:
    of = book("- {name: photo, when: {media: image}, reply: nice}\n- {name: rest, when: anything, reply: hi}")
    messages = [a_message(media="image"), a_message("", media="image"), a_message("", media="audio"), a_message()]
    assert [(await lived(ledger, of, each)).rule for each in messages] == ["photo", "photo", "rest", "rest"]


async def test_rq_reads_the_job_that_the_script_wrote(ledger: Ledger, redis_url: Secret) -> None:
    message = a_message()
    await ledger.take_in(message)
    blocking = connect_blocking(redis_url)
    job = Job.fetch(key_of(message), connection=blocking, serializer=JSONSerializer)
    assert (job.func_name, job.args, job.origin) == (queue.JOB, [key_of(message)], queue.NAME)
    assert (job.get_status(), job.timeout, job.result_ttl) == ("queued", 60, 0)
    assert job.enqueued_at is not None
    blocking.close()


async def test_taking_in_is_one_round_trip(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(a_message())  # the first call loads the script
    async with store.monitor() as monitor:
        await ledger.take_in(a_message())
        await store.echo("end")
        asked = []
        async for command in monitor.listen():
            if command["client_type"] != "lua":
                asked.append(command["command"].split()[0])
            if asked[-1:] == ["ECHO"]:
                break
    greetings = {"HELLO", "CLIENT"}  # of connections that the monitor made necessary
    assert [name for name in asked if name not in greetings] == ["EVALSHA", "ECHO"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, "duplicate"),
        ({"event_id": "evt_other"}, "duplicate"),
        ({"id": "im_other"}, "conflict"),
    ],
    ids=["the same event", "the same message in another event", "another message in the same event"],
)
async def test_what_is_known_is_not_taken_in_again(
    ledger: Ledger, store: redis.asyncio.Redis, change: dict[str, str], what: str
) -> None:
    message = a_message()
    await ledger.take_in(message)
    assert await ledger.take_in(dataclasses.replace(message, **change)) == what  # type: ignore[arg-type]
    assert await store.llen(queue.QUEUE_KEY) == 1
    assert (await ledger.counts())[what] == 1


async def test_a_message_that_came_in_anothers_event_is_still_taken_in_with_its_own(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await ledger.take_in(first)
    assert await ledger.take_in(dataclasses.replace(second, event_id=first.event_id)) == "conflict"
    assert await ledger.take_in(second) == "new"


async def test_an_event_that_brought_a_known_message_is_known_from_then_on(ledger: Ledger) -> None:
    message = a_message()
    await ledger.take_in(message)
    again = dataclasses.replace(message, event_id="evt_again")
    assert await ledger.take_in(again) == "duplicate"
    assert await ledger.take_in(dataclasses.replace(a_message(), event_id="evt_again")) == "conflict"


async def test_what_has_come_to_rest_is_not_begun_again(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message())
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {})
    assert await ledger.begin(claim, HELLO, "v1") is None
    silent = await claimed(ledger, a_message(sender="+4915112345678"))
    await ledger.stay_silent(silent, SILENCE, "v1")
    assert await ledger.begin(silent, HELLO, "v1") is None


async def test_a_message_is_known_for_15_days_even_when_its_record_is_gone(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    await ledger.take_in(message)
    fifteen_days = 15 * 24 * 3600
    for known in (keys.EVENT + f"prelude:{message.event_id}", keys.SEEN + key_of(message)):
        assert fifteen_days - 5 < await store.ttl(known) <= fifteen_days
    await store.delete(keys.RECORD + key_of(message))
    assert await ledger.take_in(message) == "duplicate"


async def test_a_hundred_copies_at_once_are_one_message(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    answers = await asyncio.gather(*(ledger.take_in(message) for _ in range(100)))
    assert sorted(answers) == ["duplicate"] * 99 + ["new"]
    assert await store.llen(queue.QUEUE_KEY) == 1


@pytest.mark.parametrize("text", ["", "naïve ' \" \\ \n \x00 \u2028", "🎁 价格 की", "x" * 4096, "[[1,2]]", "\x7f%s%d"])
async def test_any_text_is_kept_as_it_was_written(ledger: Ledger, text: str) -> None:
    message = a_message(text)
    await ledger.take_in(message)
    record = await ledger.record(key_of(message))
    assert record is not None
    assert record.message.text == text


async def test_an_id_that_rq_would_refuse_becomes_its_hash(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = dataclasses.replace(a_message(), id="wamid.HBgLMTY0N==")
    await ledger.take_in(message)
    (job_id,) = map(str, await store.lrange(queue.QUEUE_KEY, 0, -1))
    assert Job(job_id, connection=connect_blocking(Secret("redis://x"))).id == job_id
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert claim.record.message.id == "wamid.HBgLMTY0N=="


async def test_every_key_of_a_message_or_a_person_expires(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    claim = await claimed(ledger, a_message())
    await ledger.begin(claim, HELLO, "v1")
    shared = {keys.DUE, keys.COUNTS, keys.ACCOUNTS, queue.QUEUE_KEY, queue.QUEUES_KEY} | TRIMMED
    for key in map(str, await store.keys("*")):
        if key not in shared and not key.startswith((keys.STATE, keys.READY)):
            assert await store.ttl(key) > 0, key


# Claiming


async def test_one_of_many_claimants_gets_the_message(ledger: Ledger) -> None:
    message = a_message()
    await ledger.take_in(message)
    claims = await asyncio.gather(*(ledger.claim(str(n), ACCOUNTS) for n in range(50)))
    assert sum(claim is not None for claim in claims) == 1


async def test_a_claim_whose_answer_was_lost_is_answered_again(ledger: Ledger) -> None:
    message = a_message()
    await ledger.take_in(message)
    first, again = await ledger.claim("a", ACCOUNTS), await ledger.claim("a", ACCOUNTS)
    assert first is not None
    assert again is not None
    assert again.record.fence == first.record.fence == 1


async def test_an_unknown_message_is_not_claimed(ledger: Ledger) -> None:
    assert await ledger.claim("a", ACCOUNTS) is None


async def test_a_claim_brings_the_message_and_what_is_remembered_of_its_sender(ledger: Ledger) -> None:
    first = await claimed(ledger, a_message("stop"))
    farewell = HELLO._replace(actions=(Action("opt_out"), Action("hand_off", timedelta(hours=4))))
    attempt = await ledger.begin(first, farewell, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {})
    second = await claimed(ledger, a_message("hello?"))
    assert second.record.message.text == "hello?"
    assert second.conversation.opted_out
    assert second.conversation.handed_off_until is not None
    assert abs(second.conversation.handed_off_until - datetime.now(UTC) - timedelta(hours=4)) < timedelta(seconds=5)


async def test_opting_in_ends_opting_out(ledger: Ledger) -> None:
    for text, action in (("stop", "opt_out"), ("start", "opt_in")):
        claim = await claimed(ledger, a_message(text))
        actions = (Action("opt_out" if action == "opt_out" else "opt_in"),)
        await ledger.stay_silent(claim, SILENCE._replace(actions=actions), "v1")
    assert not (await remembered(ledger)).opted_out


async def test_other_people_are_not_concerned(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message("stop"))
    await ledger.begin(claim, HELLO._replace(actions=(Action("opt_out"),)), "v1")
    assert not (await claimed(ledger, a_message(sender="+4915112345678"))).conversation.opted_out


# What rules ask for

PERSON = keys.CONVERSATION + "prelude:+33612345678"  # the conversation of `a_message`
LONG_AGO = milliseconds(datetime.now(UTC) - timedelta(days=300))


async def said(ledger: Ledger, rules: str, *texts: str, top: str = "") -> list[str | None]:
    """What one person hears, message by message."""
    of = book(rules, top=top)
    return [(await lived(ledger, of, a_message(text))).reply for text in texts]


async def test_the_first_message_stays_the_first_however_late_it_is_decided(ledger: Ledger) -> None:
    first, second, stranger = a_message(), a_message(), a_message(sender="+4915112345678")
    for message in (first, second, stranger):
        await ledger.take_in(message)
    firsts: dict[str, bool] = {}
    for owner in ("a", "b", "c"):
        claim = await ledger.claim(owner, ACCOUNTS)
        assert claim is not None
        firsts[claim.record.message.id] = claim.conversation.first_message
        await ledger.stay_silent(claim, SILENCE, "v1")
    assert firsts == {first.id: True, second.id: False, stranger.id: True}


async def test_a_rule_for_first_messages_greets_once(ledger: Ledger) -> None:
    rules = "- {name: a, when: {first_message: true}, reply: welcome}\n- {name: b, when: anything, reply: again}"
    assert await said(ledger, rules, "x", "x", "x") == ["welcome", "again", "again"]


async def test_a_rule_in_cooldown_is_passed_over_until_its_time_has_come(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    rules = "- {name: a, when: anything, once_per: 1h, reply: one}\n- {name: b, when: {any: [x]}, reply: two}"
    assert await said(ledger, rules, "x", "x", "y") == ["one", "two", None]
    await store.hincrby(PERSON, "fired:a", -3_600_000)
    assert await said(ledger, rules, "x", "x") == ["one", "two"]


async def test_a_rule_that_only_acts_has_a_cooldown_too(ledger: Ledger) -> None:
    rules = "- {name: a, when: anything, once_per: 1h, then: {tag: seen}}\n- {name: b, when: anything, reply: two}"
    assert await said(ledger, rules, "x", "x") == [None, "two"]


async def test_tags_are_given_and_taken(ledger: Ledger) -> None:
    rules = """
- {name: give, when: {exact: [give]}, then: {tag: [vip, "two words: é"]}}
- {name: take, when: {exact: [take]}, reply: taken, then: {untag: vip}}
- {name: vip, when: {tagged: vip}, reply: dear}
- {name: other, when: {tagged: "two words: é"}, reply: still}
- {name: nobody, when: anything, reply: you}"""
    assert await said(ledger, rules, "x", "give", "x", "take", "x") == ["you", None, "dear", "taken", "still"]


async def test_over_the_reply_limit_nothing_is_said_until_time_has_passed(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    rules, top = "- {name: a, when: anything, reply: hi, then: {tag: t}}", "reply_limit: {replies: 2, per: 1h}"
    assert await said(ledger, rules, "x", "x", "x", "x", top=top) == ["hi", "hi", None, None]
    replied = (await remembered(ledger)).replied
    assert len(replied) == 2
    await store.hset(PERSON, "replied", f" {milliseconds(replied[0]) - 3_600_000} {milliseconds(replied[1])}")
    assert await said(ledger, rules, "x", "x", top=top) == ["hi", None]


async def test_a_rule_whose_reply_was_withheld_has_not_fired_though_it_acted(ledger: Ledger) -> None:
    top = "reply_limit: {replies: 1, per: 1h}"
    rules = "- {name: a, when: {exact: [a]}, reply: a}\n- {name: b, when: anything, reply: b, then: {tag: t}}"
    assert await said(ledger, rules, "a", "x", top=top) == ["a", None]
    conversation = await remembered(ledger)
    assert set(conversation.fired) == {"a"}
    assert conversation.tags == {"t"}


async def test_a_rule_that_acts_silently_while_a_person_answers_has_not_fired(ledger: Ledger) -> None:
    rules = """
- {name: human, when: {exact: [human]}, reply: wait, then: {hand_off: 1h}}
- {name: stop, when: {exact: [stop]}, reply: bye, then: opt_out}"""
    assert await said(ledger, rules, "human", "stop") == ["wait", None]
    conversation = await remembered(ledger)
    assert (set(conversation.fired), conversation.opted_out) == ({"human"}, True)


async def test_a_rule_in_shadow_is_recorded_and_has_not_fired(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message("x")
    rules = "- {name: try, mode: shadow, when: anything, reply: new}\n- {name: b, when: {exact: [x]}, reply: old}"
    await lived(ledger, book(rules), message)
    shadows = await store.hget(keys.RECORD + key_of(message), "shadows")
    assert json.loads(shadows or "") == [{"rule": "try", "reply": "new"}]
    assert set((await remembered(ledger)).fired) == {"b"}


async def test_a_second_attempt_is_no_second_reply_and_fires_no_second_time(ledger: Ledger) -> None:
    message = a_message()
    vip = HELLO._replace(actions=(Action("tag", value="vip"),))
    first = await ledger.begin(await claimed(ledger, message), vip, "v1")
    assert first is not None
    before = await remembered(ledger)
    await ledger.settle(first, State.RETRYING, {}, delay=timedelta(0))
    await sweep(ledger)
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    again = await ledger.begin(claim, vip._replace(actions=(Action("opt_out"),)), "v2")
    assert again is not None
    assert again.number == 2
    assert (await remembered(ledger)) == before
    assert (len(before.replied), set(before.fired)) == (1, {"greeting"})
    assert before.tags == {"vip"}


async def test_asking_again_after_a_lost_answer_changes_nothing_more(ledger: Ledger) -> None:
    spoken = await claimed(ledger, a_message())
    await ledger.begin(spoken, HELLO, "v1")
    before = await remembered(ledger)
    await asyncio.sleep(0.01)
    attempt = await ledger.begin(spoken, HELLO, "v1")
    assert attempt is not None
    assert (await remembered(ledger)) == before
    assert (len(before.replied), set(before.fired)) == (1, {"greeting"})
    await ledger.settle(attempt, State.SENT, {})
    acts = Decision(rule="mute", silence="no_reply", actions=(Action("tag", value="quiet"),))
    silent = await claimed(ledger, a_message())
    await ledger.stay_silent(silent, acts, "v1")
    before = await remembered(ledger)
    await asyncio.sleep(0.01)
    assert await ledger.stay_silent(silent, acts, "v1")
    assert (await remembered(ledger)) == before
    assert set(before.fired) == {"greeting", "mute"}


async def test_a_reply_that_came_too_late_is_none_though_its_rule_acted(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message(window=timedelta(milliseconds=550)))
    await asyncio.sleep(0.25)
    goodbye = HELLO._replace(actions=(Action("opt_out"),))
    assert await ledger.begin(claim, goodbye, "v1") is None
    conversation = await remembered(ledger)
    assert (conversation.replied, conversation.fired, conversation.opted_out) == ((), {}, True)


async def test_every_reply_is_remembered_once_however_often_it_is_begun(ledger: Ledger) -> None:
    for _ in range(30):
        await ledger.take_in(a_message())
    while (claim := await ledger.claim("a", ACCOUNTS)) is not None:
        attempts = await asyncio.gather(*(ledger.begin(claim, HELLO, "v1") for _ in range(5)))
        assert attempts[0] is not None
        await ledger.settle(attempts[0], State.SENT, {})
    assert len((await remembered(ledger)).replied) == 30


async def test_as_many_replies_are_remembered_as_a_limit_may_ask_for(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    claim = await claimed(ledger, a_message())
    await store.hset(PERSON, "replied", "".join(f" {LONG_AGO + n}" for n in range(REPLIES)))
    await ledger.begin(claim, HELLO, "v1")
    replied = (await remembered(ledger)).replied
    assert len(replied) == REPLIES
    assert replied[:-1] == tuple(moment(LONG_AGO + n) for n in range(1, REPLIES))
    assert replied[-1] >= claim.now


# What a record keeps of its decision


async def test_a_record_keeps_what_was_asked_and_what_was_decided(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await lived(ledger, book("- {name: a, when: anything, reply: hi, then: {tag: vip}}"), a_message())
    message = a_message()
    claim = await claimed(ledger, message)
    actions = (Action("opt_out"), Action("hand_off", timedelta(hours=4)), Action("notify", value="desk"))
    shadows = (Shadow("trial", "new"), Shadow("mute", None))
    await ledger.begin(claim, HELLO._replace(actions=actions, shadows=shadows), "v1")
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.asked, record.decided_at, record.first) == (claim.conversation, claim.now, False)
    assert record.actions == ("opt_out", {"hand_off": "4h"}, {"notify": "desk"})
    fields = await store.hgetall(keys.RECORD + key_of(message))
    assert json.loads(fields["shadows"]) == [{"rule": "trial", "reply": "new"}, {"rule": "mute", "reply": None}]
    assert claim.conversation.tags == {"vip"}


async def test_a_record_of_silence_keeps_its_reason(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    claim = await claimed(ledger, message)
    await ledger.stay_silent(claim, SILENCE._replace(silence="cooldown"), "v1")
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.silence, record.asked, record.decided_at) == ("cooldown", Conversation(), claim.now)
    fields = await store.hgetall(keys.RECORD + key_of(message))
    assert fields["asked"] == "{}"
    assert not {"actions", "shadows", "rule", "reply"} & set(fields)


async def test_a_record_of_an_older_version_is_still_read_and_answered(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    await ledger.take_in(message)
    await store.hdel(keys.RECORD + key_of(message), "first")
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert not claim.conversation.first_message
    assert await ledger.begin(claim, HELLO, "v1") is not None
    await store.hdel(keys.RECORD + key_of(message), "asked", "decided_at")
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.rule, record.asked, record.decided_at, record.actions) == ("greeting", None, None, ())


moments = st.integers(0, 2**43).map(moment)
conversations = st.builds(
    Conversation,
    first_message=st.booleans(),
    opted_out=st.booleans(),
    handed_off_until=st.none() | moments,
    tags=st.frozensets(st.text()),
    fired=st.dictionaries(st.text(), moments),
    replied=st.lists(moments).map(tuple),
)


@given(conversations)
def test_a_conversation_is_read_as_it_was_written(conversation: Conversation) -> None:
    assert read_json(write_json(conversation)) == conversation


@given(st.integers(-(2**43), 2**43))
def test_a_moment_is_written_as_it_was_read(number: int) -> None:
    assert milliseconds(moment(number)) == milliseconds(moment(str(number))) == number


def test_a_conversation_is_written_in_few_bytes() -> None:
    times = tuple(moment(LONG_AGO + 2_000 * n) for n in range(REPLIES))
    assert write_json(Conversation()) == "{}"
    assert len(write_json(Conversation(replied=times))) < 5_100


# Reading what was decided


async def told(ledger: Ledger, since: datetime | None = None) -> list[str]:
    return [found.key async for found in ledger.decided(since)]


async def test_every_decided_message_is_told_once_page_by_page(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    people = [a_message(sender=f"+49{n}") for n in range(2 * PAGE + 3)]
    of = book("- {name: a, when: anything, reply: hi}")
    await asyncio.gather(*(lived(ledger, of, message) for message in people))
    silent = a_message()
    await ledger.stay_silent(await claimed(ledger, silent), SILENCE, "v1")
    begun = a_message()
    await ledger.begin(await claimed(ledger, begun), HELLO, "v1")
    await claimed(ledger, a_message(sender="+33700000000"))  # not decided
    await ledger.take_in(a_message())
    await store.zadd(keys.STATE + State.UNCONFIRMED, {key_of(begun): 1})  # it moved while they were read
    assert sorted(await told(ledger)) == sorted(map(key_of, [*people, silent, begun]))


async def test_what_is_told_is_the_record(ledger: Ledger) -> None:
    message = a_message("🎁 \x00 naïve")
    await lived(ledger, book("- {name: a, when: anything, reply: hi, then: {tag: vip}}"), message)
    assert [found async for found in ledger.decided()] == [await ledger.record(key_of(message))]


async def test_what_was_decided_earlier_is_not_told(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    of = book("- {name: a, when: anything, reply: hi}")
    old, late, new = a_message(), a_message(), a_message()
    for message in (old, late):
        await lived(ledger, of, message)
    await asyncio.sleep(0.01)
    claim = await claimed(ledger, new)
    await ledger.stay_silent(claim, SILENCE, "v1")
    await store.zadd(keys.STATE + State.SENT, {key_of(late): milliseconds(claim.now) + 1})  # settled after that
    assert await told(ledger, claim.now) == [key_of(new)]
    await store.hdel(keys.RECORD + key_of(new), "decided_at")  # as an older version left it
    assert await told(ledger, claim.record.received_at) == [key_of(new)]


async def test_a_damaged_record_is_told_as_such_and_one_that_is_gone_not_at_all(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    of = book("- {name: a, when: anything, reply: hi}")
    good, gone, *damaged = [a_message() for _ in range(7)]
    for message in (good, gone, *damaged):
        await lived(ledger, of, message)
    await store.delete(keys.RECORD + key_of(gone))
    changes = [
        ("asked", "[1]"),
        ("decided_at", "1" * 30),
        ("sent_at", "x"),
        ("state", "of tomorrow"),
        ("shadows", "[{}]"),
    ]
    for message, (field, value) in zip(damaged, changes, strict=True):
        await store.hset(keys.RECORD + key_of(message), field, value)
    found = [found async for found in ledger.decided()]
    assert [each.key for each in found if isinstance(each, Record)] == [key_of(good)]
    assert {each.key for each in found if isinstance(each, Unreadable)} == set(map(key_of, damaged))


# Sending and settling


async def test_a_sent_message_comes_to_rest(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    claim = await claimed(ledger, message)
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    assert attempt.allowed == ledger.times.send_timeout
    assert attempt.correlation_id == f"{key_of(message)}_1"
    assert await ledger.settle(attempt, State.SENT, {"provider_id": "tx_1", "reason": "accepted"})
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.state, record.rule, record.reply) == ("sent", "greeting", "Hi!")
    assert (record.book, record.provider_id) == ("v1", "tx_1")
    assert await store.zcard(keys.DUE) == 0
    states = await ledger.states()
    assert {state: number for state, number in states.items() if number} == {State.SENT: 1}


async def test_asking_again_to_begin_or_settle_gives_the_same_answer(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message())
    first, again = await ledger.begin(claim, HELLO, "v1"), await ledger.begin(claim, HELLO, "v1")
    assert first is not None
    assert again is not None
    assert first.correlation_id == again.correlation_id
    assert await ledger.settle(first, State.SENT, {})
    assert await ledger.settle(first, State.SENT, {})
    assert (await ledger.counts())["sent"] == 1


async def test_whoever_lost_the_claim_can_neither_begin_nor_be_silent(ledger: Ledger, times: Times) -> None:
    message = a_message()
    slow = await claimed(ledger, message)
    await sweep(ledger, times.lease)
    other = await ledger.claim("b", ACCOUNTS)
    assert other is not None
    assert await ledger.begin(slow, HELLO, "v1") is None
    assert not await ledger.stay_silent(slow, SILENCE, "v1")
    assert await ledger.begin(other, HELLO, "v1") is not None
    assert (await ledger.counts())["fenced_off"] == 2


async def test_a_second_attempt_sends_what_the_first_decided(ledger: Ledger, times: Times) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await sweep(ledger)
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert (claim.record.rule, claim.record.reply, claim.record.attempt) == ("greeting", "Hi!", 1)
    again = await ledger.begin(claim, Decision(rule="greeting", reply="Hi!"), "v2")
    assert again is not None
    assert again.correlation_id.endswith("_2")
    record = await ledger.record(key_of(message))
    assert record is not None
    assert record.book == "v1"


async def test_what_came_of_an_attempt_is_heard_after_it_was_given_up(ledger: Ledger, times: Times) -> None:
    message = a_message(window=timedelta(milliseconds=700))  # the attempt's deadline is near
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await sweep(ledger, attempt.allowed + times.grace)
    assert await state_of(ledger, message) == State.UNCONFIRMED
    assert await ledger.settle(attempt, State.SENT, {})
    assert await state_of(ledger, message) == State.SENT


async def test_one_who_had_not_sent_yet_may_still_send_what_was_given_up(ledger: Ledger, times: Times) -> None:
    short = dataclasses.replace(times, send_timeout=times.shortest)
    ledger.times = short
    message = a_message()
    quick = Ledger(ledger._redis, short)
    claim = await claimed(quick, message)
    assert await quick.begin(claim, HELLO, "v1") is not None  # its answer got lost while Redis restarted
    await sweep(quick, times.shortest + times.grace)
    assert await state_of(quick, message) == State.UNCONFIRMED
    assert await quick.begin(claim, HELLO, "v1") is not None
    assert await state_of(quick, message) == State.SENDING


# Windows


async def test_a_message_whose_window_is_over_is_closed_when_it_is_rung_for(ledger: Ledger) -> None:
    message = a_message(window=timedelta(seconds=-1))
    assert await ledger.take_in(message) == "new"
    assert await ledger.claim("a", ACCOUNTS) is None
    assert await state_of(ledger, message) == State.WINDOW_CLOSED


async def test_no_attempt_begins_that_could_end_after_the_window(ledger: Ledger, times: Times) -> None:
    message = a_message(window=timedelta(milliseconds=900))
    claim = await claimed(ledger, message)
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    assert attempt.allowed < timedelta(milliseconds=900) - times.margin
    other = a_message(window=timedelta(milliseconds=550), sender="+4915112345678")
    late = await claimed(ledger, other)
    await asyncio.sleep(0.25)
    assert await ledger.begin(late, HELLO, "v1") is None
    assert await state_of(ledger, other) == State.WINDOW_CLOSED


async def test_a_queued_message_closes_with_its_window(ledger: Ledger) -> None:
    message = a_message(window=timedelta(milliseconds=500))
    await ledger.take_in(message)
    await asyncio.sleep(0.2)
    assert await ledger.claim("a", ACCOUNTS) is None
    assert await state_of(ledger, message) == State.WINDOW_CLOSED


@pytest.mark.parametrize("state", [State.RETRYING, State.PAUSED])
async def test_a_waiting_message_closes_with_its_window(ledger: Ledger, state: State) -> None:
    message = a_message(window=timedelta(milliseconds=700))
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, state, {}, delay=timedelta(hours=1))
    await sweep(ledger, timedelta(milliseconds=700))
    assert await state_of(ledger, message) == State.WINDOW_CLOSED


async def test_a_new_message_of_the_same_person_reopens_the_window(ledger: Ledger) -> None:
    older = a_message(window=timedelta(milliseconds=500))
    await ledger.take_in(older)
    await ledger.take_in(a_message())
    await asyncio.sleep(0.2)
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert await ledger.begin(claim, HELLO, "v1") is not None


async def test_an_older_message_that_comes_late_does_not_shorten_the_window(ledger: Ledger) -> None:
    first = a_message(window=timedelta(milliseconds=500))
    for message in (first, a_message(), a_message(window=timedelta(milliseconds=500))):
        await ledger.take_in(message)
    await asyncio.sleep(0.2)
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    assert attempt.allowed == ledger.times.send_timeout


# Redis in trouble


async def test_a_full_server_takes_nothing_half(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(a_message())
    before = sorted(await store.keys("*"))
    await store.config_set("maxmemory", 1)
    try:
        with pytest.raises(LedgerUnavailable, match="OutOfMemory"):
            await ledger.take_in(a_message())
        assert sorted(await store.keys("*")) == before
    finally:
        await store.config_set("maxmemory", 0)


async def test_a_read_only_server_is_unavailable(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await store.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        with pytest.raises(LedgerUnavailable, match="ReadOnly"):
            await ledger.take_in(a_message())
    finally:
        await store.execute_command("REPLICAOF", "NO", "ONE")


async def test_a_server_that_is_away_is_unavailable_at_once(times: Times) -> None:
    ledger = Ledger(connect(Secret("redis://127.0.0.1:1"), decode=True, connections=1), times)
    with pytest.raises(LedgerUnavailable):
        await asyncio.wait_for(ledger.take_in(a_message()), 1)
    await ledger.aclose()


async def test_a_frozen_server_is_unavailable_within_two_seconds(times: Times) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # it listens, and never answers
        url = Secret(f"redis://127.0.0.1:{frozen.getsockname()[1]}")
        ledger = Ledger(connect(url, decode=True, connections=1), times)
        with pytest.raises(LedgerUnavailable):
            await asyncio.wait_for(ledger.check_writable(), 2)
        await ledger.aclose()


async def test_a_server_that_forgot_its_scripts_is_told_them_again(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(a_message())
    await store.script_flush()
    assert await ledger.take_in(a_message()) == "new"


async def test_attempts_are_kept_in_the_record(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {"attempt:1": json.dumps({"code": "accepted"})})
    assert json.loads(await store.hget(keys.RECORD + key_of(message), "attempt:1") or "") == {"code": "accepted"}
