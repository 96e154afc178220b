"""What operators change in the ledger, and that no worker and no delivery event can undo it or be undone by it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import redis.asyncio

from rules.model import Action, Decision
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, all_taken_in, claimed, key_of, state_of, sweep
from tests.operators import NUMBER, a_life, begun, ended, everything, traces
from worker import keys, queue
from worker.ledger import (
    DeliveryEvent,
    Health,
    Ledger,
    Notice,
    Operating,
    State,
    Times,
    Unreadable,
    Wanted,
    is_number,
)
from worker.ledger.people import spellings

# Resend


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.REJECTED])
async def test_what_did_not_arrive_is_sent_again_with_its_reply_and_counted_once(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, state: State
) -> None:
    message, _ = await ended(ledger, state)
    result = await operating.resend(key_of(message))
    assert (result.refused, result.facts) == (None, {"before": state})
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert (claim.record.key, claim.record.reply) == (key_of(message), "Hi!")
    attempt = await ledger.begin(claim, HELLO, "v2")
    assert attempt is not None
    assert attempt.number == 2
    await ledger.settle(attempt, State.SENT, {"reason": "accepted"})
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.state, record.book) == (State.SENT, "v1")
    assert len((await store.hget(f"{keys.CONVERSATION}prelude:{NUMBER}", "replied") or "").split()) == 1
    assert (await ledger.counts())["resent"] == 1


async def test_a_reply_that_failed_on_its_way_is_sent_again(ledger: Ledger, operating: Operating) -> None:
    message, attempt = await ended(ledger, State.SENT)
    await ledger.deliver(DeliveryEvent(key_of(message), attempt.number, "failed", "131026"))
    assert (await operating.resend(key_of(message))).refused is None
    assert await state_of(ledger, message) is State.QUEUED


async def test_a_message_that_was_given_up_gets_all_its_tries_again(
    ledger: Ledger, operating: Operating, times: Times
) -> None:
    message = a_message()
    await ledger.take_in(message)
    for owner in "abc":
        assert await ledger.claim(owner, ACCOUNTS) is not None
        await sweep(ledger, times.lease)
    assert await state_of(ledger, message) is State.GIVEN_UP
    assert (await operating.resend(key_of(message))).refused is None
    assert await ledger.claim("d", ACCOUNTS) is not None
    await sweep(ledger, times.lease)
    assert await state_of(ledger, message) is State.QUEUED


@pytest.mark.parametrize("state", [State.SENT, State.RETRYING, State.PAUSED, State.WINDOW_CLOSED, State.TEMPLATED])
async def test_what_is_in_another_state_is_not_sent_again(ledger: Ledger, operating: Operating, state: State) -> None:
    message, _ = await ended(ledger, state)
    result = await operating.resend(key_of(message))
    assert (result.refused, result.facts) == ("state", {"before": state})
    assert await state_of(ledger, message) is state


async def test_nothing_is_sent_again_after_the_window(ledger: Ledger, operating: Operating) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(window=timedelta(seconds=1)))
    await asyncio.sleep(0.7)
    assert (await operating.resend(key_of(message))).refused == "window"


async def test_nothing_is_sent_again_to_who_has_opted_out_since(ledger: Ledger, operating: Operating) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    await ledger.opt_out("prelude", NUMBER)
    assert (await operating.resend(key_of(message))).refused == "opted_out"


async def test_a_template_is_not_sent_again(ledger: Ledger, operating: Operating) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), SILENCE, "v1", template=True)
    assert attempt is not None
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(hours=1))
    assert (await operating.resend(key_of(message))).refused == "template"


async def test_what_evidence_has_settled_is_not_sent_again(ledger: Ledger, operating: Operating) -> None:
    message, attempt = await ended(ledger, State.UNCONFIRMED)
    event = DeliveryEvent(key_of(message), attempt.number, "delivered")
    result, _ = await asyncio.gather(operating.resend(key_of(message)), ledger.deliver(event))
    assert result.refused in (None, "state")  # whichever came first
    assert await state_of(ledger, message) is State.DELIVERED
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_evidence_that_comes_after_a_resend_stops_it(ledger: Ledger, operating: Operating) -> None:
    message, attempt = await ended(ledger, State.UNCONFIRMED)
    await operating.resend(key_of(message))
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    await ledger.deliver(DeliveryEvent(key_of(message), attempt.number, "sent"))
    assert await ledger.begin(claim, HELLO, "v1") is None
    assert await state_of(ledger, message) is State.SENT


async def test_a_late_answer_to_the_first_attempt_does_not_settle_the_second(
    ledger: Ledger, operating: Operating
) -> None:
    message, first = await ended(ledger, State.UNCONFIRMED)
    await operating.resend(key_of(message))
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    second = await ledger.begin(claim, HELLO, "v1")
    assert second is not None
    assert not (await ledger.settle(first, State.REJECTED, {})).counts
    assert (await ledger.settle(second, State.SENT, {})).counts


async def test_the_sweeper_does_not_send_by_itself_what_an_operator_has_sent_again(
    ledger: Ledger, operating: Operating
) -> None:
    message, _ = await ended(ledger, State.UNCONFIRMED)
    await operating.resend(key_of(message))
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await asyncio.sleep(0.1)
    await ledger.sweep(when_unconfirmed="resend")
    assert await state_of(ledger, message) is State.UNCONFIRMED


async def test_a_resend_waits_for_its_turn_in_the_conversation(ledger: Ledger, operating: Operating) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    busy = await claimed(ledger, a_message())
    await operating.resend(key_of(message))
    assert await ledger.claim("b", ACCOUNTS) is None
    await ledger.stay_silent(busy, SILENCE, "v1")
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert claim.record.key == key_of(message)


# Discard


async def test_a_queued_message_is_discarded_and_the_next_of_its_conversation_has_its_turn(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    first, second = a_message(), a_message()
    await ledger.take_in(first)
    await ledger.take_in(second)
    assert (await operating.discard(key_of(first))).facts == {"before": "queued"}
    assert await state_of(ledger, first) is State.DISCARDED
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert claim.record.key == key_of(second)
    assert await store.zscore(keys.DUE, key_of(first)) is None


@pytest.mark.parametrize("state", [State.RETRYING, State.PAUSED, State.UNCONFIRMED])
async def test_what_waits_is_discarded_and_stays_so(ledger: Ledger, operating: Operating, state: State) -> None:
    message, _ = await ended(ledger, state)
    assert (await operating.discard(key_of(message))).refused is None
    await sweep(ledger)
    assert await ledger.claim("b", ACCOUNTS) is None
    assert await state_of(ledger, message) is State.DISCARDED


@pytest.mark.parametrize("state", [State.FAILED, State.REJECTED, State.GIVEN_UP])
async def test_what_has_failed_is_put_away_and_why_it_failed_stays_known(
    ledger: Ledger, operating: Operating, state: State
) -> None:
    message, attempt = await ended(ledger, state)
    assert (await operating.discard(key_of(message))).facts == {"before": state}
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.state, record.reason) == (State.DISCARDED, "because")
    assert [need.counted.number for need in (await operating.needs_you()).needs] == [0, 0, 0, 0]
    assert (await operating.discard(key_of(message))).refused == "state"
    await ledger.deliver(DeliveryEvent(key_of(message), attempt.number, "delivered"))
    assert await state_of(ledger, message) is State.DELIVERED


async def test_what_a_worker_has_is_not_discarded(ledger: Ledger, operating: Operating) -> None:
    claim = await claimed(ledger, a_message())
    refused = await operating.discard(claim.record.key)
    assert (refused.refused, refused.facts) == ("state", {"before": "claimed"})
    attempt = await ledger.begin(claim, HELLO, "v1")
    assert attempt is not None
    assert (await operating.discard(claim.record.key)).facts == {"before": "sending"}
    assert (await ledger.settle(attempt, State.SENT, {})).counts


async def test_a_burst_that_counted_on_a_discarded_message_is_told(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(first := a_message())
    await ledger.take_in(second := a_message())
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    await operating.discard(key_of(second))
    assert await ledger.fold(claim, claim.behind, "both") is None
    assert await state_of(ledger, first) is State.QUEUED  # it is looked at again, alone


async def test_of_many_claims_and_a_discard_one_wins(ledger: Ledger, operating: Operating) -> None:
    for _ in range(20):
        message = a_message()
        await ledger.take_in(message)
        claim, result = await asyncio.gather(ledger.claim("a", ACCOUNTS), operating.discard(key_of(message)))
        assert (claim is None) == (result.refused is None)
        if claim is not None:
            await ledger.stay_silent(claim, SILENCE, "v1")


# Accounts


async def test_an_account_that_an_operator_holds_sends_nothing_until_it_is_resumed(
    ledger: Ledger, operating: Operating
) -> None:
    assert (await operating.pause("prelude")).refused is None
    assert (await operating.pause("prelude")).refused == "held"
    await ledger.take_in(a_message())
    assert await ledger.claim("a", ACCOUNTS) is None
    (account,) = (await operating.status()).accounts
    assert account.held is not None
    assert (account.ready, account.why) == (1, None)
    assert (await operating.resume("prelude")).refused is None
    assert (await operating.resume("prelude")).refused == "open"
    assert await ledger.claim("a", ACCOUNTS) is not None


async def test_what_was_claimed_when_the_account_was_held_waits_and_goes_on(
    ledger: Ledger, operating: Operating
) -> None:
    claim = await claimed(ledger, a_message())
    await operating.pause("prelude")
    assert await ledger.begin(claim, HELLO, "v1") is None
    assert await state_of(ledger, claim.record.message) is State.PAUSED
    await operating.resume("prelude")
    assert await ledger.claim("b", ACCOUNTS) is not None


async def test_resume_clears_a_pause_of_the_providers(ledger: Ledger, operating: Operating) -> None:
    attempt = await begun(ledger, a_message())
    await ledger.settle(attempt, State.PAUSED, {}, health=Health("config", "insufficient_balance"))
    (account,) = (await operating.status()).accounts
    assert (account.why, account.held) == ("insufficient_balance", None)
    assert account.since is not None
    assert account.until is not None
    assert await ledger.claim("b", ACCOUNTS) is None
    assert (await operating.resume("prelude")).refused is None
    assert await ledger.claim("b", ACCOUNTS) is not None


async def test_an_account_that_nobody_knows_is_not_paused(operating: Operating, store: redis.asyncio.Redis) -> None:
    assert (await operating.pause("prelued")).refused == "unknown"
    assert await traces(store, "prelued") == []


# Hand-off


async def test_a_person_answers_until_the_conversation_is_given_back(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(a_message())
    result = await operating.hand_off("+33 6 12 34 56 78", timedelta(hours=4))
    assert result.facts == {"conversations": 1}
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    until = claim.conversation.handed_off_until
    assert until is not None
    assert timedelta(hours=3.9) < until - claim.now <= timedelta(hours=4)
    assert (await operating.take_back(NUMBER)).refused is None
    assert (await operating.take_back(NUMBER)).refused == "open"


async def test_a_hand_off_is_remembered_as_long_as_it_lasts(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    key, longer = f"{keys.CONVERSATION}prelude:{NUMBER}", timedelta(days=40)
    await ledger.take_in(a_message())
    await operating.hand_off(NUMBER, longer)
    await ledger.take_in(a_message())
    assert await store.ttl(key) > longer.total_seconds() - 60
    await operating.take_back(NUMBER)
    claim = await claimed(ledger, a_message())
    assert await store.ttl(key) <= ledger.times.retention.total_seconds()
    by_rule = Decision(rule="human", reply="Wait.", actions=(Action("hand_off", duration=longer),))
    assert await ledger.begin(claim, by_rule, "v1") is not None
    assert await store.ttl(key) > longer.total_seconds() - 60


@pytest.mark.parametrize("field", ["account", "conversation", "window", "attempt"])
async def test_a_damaged_record_is_told_of_and_changed_by_no_command(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, field: str
) -> None:
    message = a_message()
    await ledger.take_in(message)
    await store.hdel(keys.RECORD + key_of(message), field)
    for command in (operating.resend, operating.discard):
        assert (await command(key_of(message))).refused == "damaged"
    assert [each["result"] for each in await operating.audit(2)] == ["refused: damaged"] * 2


async def test_nobody_is_handed_off_who_never_wrote(operating: Operating, store: redis.asyncio.Redis) -> None:
    assert (await operating.hand_off("+4915", timedelta(hours=1))).refused == "unknown"
    assert await traces(store, "4915") == []


@pytest.mark.parametrize("written", ["+33612345678", "33612345678", "+33 6 12-34 (56) 78"])
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    assert is_number(written)
    assert spellings(written) == ("+33612345678", "33612345678")


def test_another_providers_id_of_a_person_is_taken_as_it_is() -> None:
    assert not is_number("prelude")
    assert spellings("user-12 a") == ("user-12 a",)


# Forget


async def test_nothing_is_left_of_a_person_who_is_forgotten(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await a_life(ledger)
    other = a_message("somebody else", sender="+4915")
    await ledger.take_in(other)
    assert await traces(store, NUMBER, "secret text")
    result = await operating.forget(NUMBER)
    assert result.facts == {"records": 7, "conversations": 1, "notices": 4}
    await sweep(ledger)
    await sweep(ledger)
    assert await traces(store, NUMBER, NUMBER[1:], "secret text") == []
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(other)]
    assert [key async for key in store.scan_iter(queue.JOB_PREFIX + "*")] == [queue.JOB_PREFIX + key_of(other)]
    for key in (keys.DUE, keys.NOTICES + "desk"):
        assert await store.zcard(key) == 0
    assert (await ledger.take_notices(1, {})).gone == ()
    assert {state: number for state, number in (await ledger.states()).items() if number} == {State.QUEUED: 1}
    assert (await operating.forget(NUMBER)).refused == "unknown"


@pytest.mark.parametrize("late", ["settle", "deliver", "begin", "hold", "silent"])
async def test_what_a_worker_has_in_hand_does_not_bring_a_forgotten_person_back(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, late: str
) -> None:
    claim = await claimed(ledger, a_message("the secret text"))
    attempt = await ledger.begin(claim, HELLO, "v1") if late in ("settle", "deliver") else None
    await operating.forget(NUMBER)
    before = set(await everything(store))
    notice = Notice("desk", f'{{"data": {{"sender": "{NUMBER}"}}}}')
    if attempt is not None and late == "settle":
        fields = {"reason": "accepted", "attempt:1": "{}"}
        settled = await ledger.settle(attempt, State.SENT, fields, health=Health("good", "accepted"))
        assert not settled.counts
    elif late == "deliver":
        assert await ledger.deliver(DeliveryEvent(claim.record.key, 1, "delivered")) == "unknown"
    elif late == "begin":
        assert await ledger.begin(claim, HELLO, "v1", notices=[notice]) is None
    elif late == "hold":
        await ledger.hold(claim, claim.now + timedelta(seconds=1))
    else:
        assert not await ledger.stay_silent(claim, SILENCE, "v1", notices=[notice])
    await sweep(ledger)
    new = {key for key in set(await everything(store)) - before if not key.startswith(keys.MINUTE)}
    assert new <= {keys.SWEEPER, keys.SWEPT, keys.CURSOR, keys.EPOCH}
    assert await traces(store, NUMBER, "secret text") == []


async def test_a_webhook_that_is_delivered_again_does_not_bring_a_forgotten_message_back(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message = a_message("the secret text")
    await ledger.take_in(message)
    await operating.forget(NUMBER)
    assert await ledger.take_in(message) == "duplicate"
    assert await traces(store, NUMBER, "secret text") == []


async def test_a_forgotten_person_who_writes_again_is_a_stranger_and_is_answered(
    ledger: Ledger, operating: Operating
) -> None:
    await a_life(ledger)
    await operating.forget(NUMBER)
    claim = await claimed(ledger, a_message())
    assert claim.record.first
    assert claim.conversation.replied == ()


async def test_records_that_no_history_names_are_forgotten_too(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    """As an older version wrote them; and those of an account that is not known any more."""
    await a_life(ledger)
    await store.delete(f"{keys.HISTORY}prelude:{NUMBER}")
    await store.hset(f"{keys.CONVERSATION}closed:{NUMBER}", "window", "1")
    result = await operating.forget("0033 612345678".replace("00", "+", 1))
    assert result.facts == {"records": 7, "conversations": 2, "notices": 4}
    await sweep(ledger)
    assert await traces(store, NUMBER, "secret text") == []


async def test_a_person_with_more_messages_than_one_script_may_erase_is_forgotten(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await all_taken_in(ledger, [a_message("the secret text") for _ in range(180)])
    assert await operating.messages_of(NUMBER) == 180
    assert (await operating.forget(NUMBER)).facts["records"] == 180
    assert await traces(store, NUMBER, "secret text") == []


async def test_a_person_is_forgotten_while_workers_are_busy_with_them(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await all_taken_in(ledger, [a_message("the secret text") for _ in range(120)])

    async def work(owner: str) -> None:
        while claim := await ledger.claim(owner, ACCOUNTS):
            attempt = await ledger.begin(claim, HELLO, "v1")
            if attempt is not None:
                await ledger.settle(attempt, State.SENT, {"provider_id": "x"})

    await asyncio.gather(work("a"), work("b"), operating.forget(NUMBER))
    await sweep(ledger)
    assert await traces(store, NUMBER, "secret text", "Hi!") == []


# The audit trail


async def test_every_change_is_in_the_trail_and_no_person_is(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    key = key_of(message)
    await operating.resend(key)
    await operating.discard(key)
    await operating.discard(key)
    await operating.discard("+4915")
    await operating.pause("prelude")
    await operating.resume("prelude")
    await operating.hand_off(NUMBER, timedelta(hours=1))
    await operating.take_back("33612345678")
    await operating.forget(NUMBER)
    trail = await operating.audit(100)
    person = trail[0]["on"]
    assert person.startswith("person:")
    assert [(each["what"], each["on"], each["result"]) for each in reversed(trail)] == [
        ("resend", key, "done"),
        ("discard", key, "done"),
        ("discard", key, "refused: state"),
        ("discard", "?", "refused: unknown"),
        ("pause", "prelude", "done"),
        ("resume", "prelude", "done"),
        ("hand-off", person, "done"),
        ("resume", person, "done"),
        ("forget", person, "began"),
        ("forget", person, "done: 1 records"),
    ]
    assert {each["who"] for each in trail} == {"ann@desk"}
    assert await traces(store, NUMBER[1:], "4915") == []
    assert 0 < await store.ttl(keys.AUDIT) <= 365 * 24 * 3600


# Looking


async def test_notices_that_wait_are_counted_whichever_endpoint_they_wait_for(
    ledger: Ledger, operating: Operating
) -> None:
    for name in ("desk", "desk", "office"):
        await ledger.stay_silent(await claimed(ledger, a_message()), SILENCE, "v1", notices=[Notice(name, "{}")])
    await ledger.take_in(a_message(sender="+4915"))
    status = await operating.status()
    assert status.notices == 3
    assert [(account.name, account.ready) for account in status.accounts] == [("prelude", 1)]


async def test_messages_are_found_by_what_they_have_in_common(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    rejected, _ = await ended(ledger, State.REJECTED)
    other = a_message(sender="+4915")
    await ledger.take_in(other)

    async def found(wanted: Wanted, limit: int = 10) -> list[str]:
        return [record.key for record in (await operating.find(wanted, limit))[0]]

    assert await found(Wanted()) == [key_of(other), key_of(rejected)]
    assert await operating.find(Wanted(), 1) == ([await ledger.record(key_of(other))], True)
    assert await found(Wanted(state=State.REJECTED)) == [key_of(rejected)]
    assert await found(Wanted(sender="49-15")) == [key_of(other)]
    assert await found(Wanted(rule="greeting")) == [key_of(rejected)]
    assert await found(Wanted(reason="because")) == [key_of(rejected)]
    assert await found(Wanted(account="other")) == []
    await store.zincrby(keys.STATE + State.REJECTED, -3_600_000, key_of(rejected))  # an hour ago
    assert await found(Wanted(older=timedelta(minutes=30))) == [key_of(rejected)]
    assert await found(Wanted(newer=timedelta(minutes=30))) == [key_of(other)]


async def test_more_messages_than_a_page_are_found(ledger: Ledger, operating: Operating) -> None:
    await all_taken_in(ledger, [a_message(sender=f"+49{n % 2}") for n in range(130)])
    found, more = await operating.find(Wanted(sender="+491"), 100)
    assert (len(found), more) == (65, False)
    stories = [story async for story in operating.records(None)]
    assert len({story.key for story in stories}) == len(stories) == 130


async def test_a_damaged_record_is_told_of_and_ends_no_list(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    await ledger.take_in(message)
    await store.hset(keys.RECORD + key_of(message), mapping={"fence": "many", "attempt:1": "{", "attempt:x": "1"})
    assert await operating.find(Wanted(), 9) == ([Unreadable(key_of(message))], False)
    assert [story.record async for story in operating.records(None)] == [None]
    story = await operating.story(key_of(message))
    assert story is not None
    assert (story.record, [state for state, _ in story.path], story.attempts) == (None, ["queued"], {1: {}})


async def test_a_message_is_known_by_its_key_the_providers_id_and_an_attempts(
    ledger: Ledger, operating: Operating
) -> None:
    message, attempt = await ended(ledger, State.SENT)
    for name in (key_of(message), message.id, attempt.correlation_id):
        assert await operating.key_of(name) == key_of(message)
    assert await operating.key_of("im_of_nobody") is None
    assert await operating.story("im_of_nobody") is None


async def test_a_story_tells_every_step_and_attempt(ledger: Ledger, operating: Operating) -> None:
    message, attempt = await ended(ledger, State.UNCONFIRMED)
    await ledger.deliver(DeliveryEvent(key_of(message), attempt.number, "read"))
    story = await operating.story(key_of(message))
    assert story is not None
    assert [state for state, _ in story.path] == ["queued", "claimed", "sending", "unconfirmed", "read"]
    assert story.attempts == {1: {"evidence": "read"}}
    assert story.messages == 1
    assert story.conversation is not None
    assert "greeting" in story.conversation.fired


@pytest.mark.parametrize("name", ["\ud800", "half \udfff", "\0", "x" * 5_000, "a:b", "+", "*", "prelude_"])
async def test_whatever_somebody_types_finds_nothing_and_changes_nothing(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, name: str
) -> None:
    await ledger.take_in(a_message())
    before = await everything(store)
    assert await operating.find_one(name) is None
    assert await operating.story(name) is None
    assert await operating.conversation_page("prelude", name) is None
    assert await operating.conversation_page(name, NUMBER) is None
    for wanted in (Wanted(sender=name), Wanted(account=name), Wanted(rule=name), Wanted(reason=name)):
        assert (await operating.page(wanted)).records == ()
        assert (await operating.count(wanted)).number == 0
    assert (await operating.page(Wanted(text=f"{name}!"))).records == ()
    hour = timedelta(hours=1)
    results = [
        await operating.resend(name),
        await operating.discard(name),
        await operating.pause(name),
        await operating.take_over("prelude", name, hour),
        await operating.give_back(name, NUMBER),
        await operating.set_opted_out("prelude", name, out=True),
        await operating.set_tag(name, NUMBER, "vip", on=True),
        await operating.requeue_job(name),
        await operating.delete_job(name),
        await operating.stop_bulk(name),
    ]
    assert {result.refused for result in results} == {"unknown"}
    replies = [
        await operating.reply_by_hand("prelude", name, "x", token="12345678"),
        await operating.reply_by_hand("prelude", NUMBER, "x", token="12345678", quotes=name),
        await operating.reply_by_hand(name, NUMBER, "x", token="12345678"),
    ]
    assert {result.refused for result in replies} <= {"unknown", "quoted"}
    after = await everything(store)
    assert {key for key in after if after[key] != before.get(key)} <= {keys.AUDIT, keys.AUDIT_KEY}
