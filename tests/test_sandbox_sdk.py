"""Prelude's own Python client takes the sandbox for Prelude."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import anyio.to_thread
import prelude_python_sdk as sdk
import pytest
from prelude_python_sdk.types import NotifyReplyResponse

from bot.sandbox.faults import Fault
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.stand_in import CUSTOMER, NOWHERE, TOKEN, create_world


@asynccontextmanager
async def prelude(world: World, token: str = TOKEN) -> AsyncIterator[sdk.AsyncPrelude]:
    """The client, which would otherwise try again by itself."""
    async with (
        serve_sandbox(world) as url,
        sdk.AsyncPrelude(api_token=token, base_url=url, max_retries=0, timeout=2) as client,
    ):
        yield client


async def answer(world: World, client: sdk.AsyncPrelude, text: str = "Hello!") -> NotifyReplyResponse:
    message = world.receive(CUSTOMER, "hello")
    return await client.notify.reply(to=CUSTOMER, text=text, reply_to=message.id)


async def refusal(*faults: Fault) -> sdk.APIStatusError:
    """What the client raises for these faults."""
    world = create_world()
    world.faults.add(*faults)
    async with prelude(world) as client:
        with pytest.raises(sdk.APIStatusError) as caught:
            await answer(world, client)
    return caught.value


async def test_a_reply_comes_back_as_the_typed_model() -> None:
    world = create_world()
    async with prelude(world) as client:
        message = world.receive(CUSTOMER, "hello")
        reply = await client.notify.reply(
            to=CUSTOMER, text="Hello!", reply_to=message.id, callback_url=NOWHERE, correlation_id="t-42"
        )
    assert isinstance(reply, NotifyReplyResponse)
    assert (reply.to, reply.text, reply.reply_to) == (CUSTOMER, "Hello!", message.id)
    assert (reply.callback_url, reply.correlation_id) == (NOWHERE, "t-42")
    assert reply.id.startswith("tx_")
    assert abs(reply.created_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_the_client_for_threads_is_served_too() -> None:
    world = create_world()
    async with serve_sandbox(world) as url:
        message = world.receive(CUSTOMER, "hello")
        with sdk.Prelude(api_token=TOKEN, base_url=url, max_retries=0) as client:
            reply = await anyio.to_thread.run_sync(
                lambda: client.notify.reply(to=CUSTOMER, text="Hello!", reply_to=message.id)
            )
    assert reply.text == "Hello!"


@pytest.mark.parametrize(
    "code",
    [
        "window_expired",
        "invalid_reply_context",
        "phone_number_mismatch",
        "missing_text",
        "invalid_phone_number",
        "invalid_request",
        "invalid_correlation_id",
        "invalid_callback_url",
    ],
)
async def test_a_refusal_is_a_bad_request_with_its_code(code: str) -> None:
    error = await refusal(Fault(kind="error", code=code))
    assert isinstance(error, sdk.BadRequestError)
    assert isinstance(error.body, dict)
    assert error.body["code"] == code


async def test_a_mistake_of_the_client_is_refused_without_a_fault() -> None:
    world = create_world()
    async with prelude(world) as client:
        with pytest.raises(sdk.BadRequestError) as caught:
            await answer(world, client, text="")
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["code"] == "missing_text"


async def test_a_wrong_token_is_an_authentication_error() -> None:
    world = create_world()
    async with prelude(world, token="wrong") as client:
        with pytest.raises(sdk.AuthenticationError) as caught:
            await answer(world, client)
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["code"] == "invalid_api_token"


async def test_an_empty_account_is_a_402() -> None:
    error = await refusal(Fault(kind="error", code="insufficient_balance"))
    assert (type(error), error.status_code) == (sdk.APIStatusError, 402)


async def test_too_many_requests_are_a_rate_limit_error() -> None:
    error = await refusal(Fault(kind="rate_limit", seconds=3))
    assert isinstance(error, sdk.RateLimitError)
    assert error.response.headers["retry-after"] == "3"


@pytest.mark.parametrize("status", [500, 503])
async def test_a_broken_provider_is_an_internal_server_error_with_its_page(status: int) -> None:
    error = await refusal(Fault(kind="status", status=status))
    assert isinstance(error, sdk.InternalServerError)
    assert isinstance(error.body, str)
    assert str(status) in error.body


async def test_a_hang_is_a_timeout_though_the_reply_was_taken() -> None:
    world = create_world()
    world.faults.add(Fault(kind="hang", seconds=60))
    async with prelude(world) as client:
        with pytest.raises(sdk.APITimeoutError):
            await answer(world, client.with_options(timeout=0.2))
    assert len(world.conversations.replies) == 1


async def test_a_dropped_line_is_a_connection_error() -> None:
    world = create_world()
    world.faults.add(Fault(kind="drop"))
    async with prelude(world) as client:
        with pytest.raises(sdk.APIConnectionError):
            await answer(world, client)
    assert len(world.conversations.replies) == 1


async def test_left_to_itself_the_client_sends_a_reply_twice() -> None:
    world = create_world()
    world.faults.add(Fault(kind="drop"))
    async with prelude(world) as client:
        await answer(world, client.with_options(max_retries=1))
    assert [reply.text for reply in world.conversations.replies] == ["Hello!", "Hello!"]
