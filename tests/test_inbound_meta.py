"""Meta's webhooks: signatures, batches, everything that a message may be, and whose it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pywa import handlers
from pywa.client import WhatsApp
from pywa.types.callback import CallbackButton, CallbackSelection
from pywa.types.message import Message as PywaMessage

from bot.app import create_app
from bot.inbound import Event, Ignored, Inbound, PayloadError, SignatureError, Webhook
from bot.inbound.providers import open_inbound
from bot.sandbox.model import Inbound as Written
from bot.sandbox.model import Reply
from bot.sandbox.provider import Step, WebhookRequest
from bot.sandbox.providers.meta import PHONE_NUMBER_ID, Meta
from rules.media import KINDS
from rules.model import Message
from tests.adapters import came, prelude_inbound
from tests.conformance.meta import APP_SECRET, TOKEN, VERIFY_TOKEN, body, inbound, status, webhook
from tests.conformance.subject import NUMBER
from worker.account_file import read_accounts
from worker.ledger import DeliveryEvent, Ledger
from worker.options import SettingsError

# X-Hub-Signature-256 as openssl computes it: printf '%s' "$body" | openssl dgst -sha256 -hmac "$secret"
VECTORS: Final = [
    (
        "app_secret_example",
        b'{"object":"whatsapp_business_account","entry":[]}',
        "sha256=6eb10e0bc4192e9206e3de93178e66ea9eb262e9ea07bb66abdc83dcf8d3abf3",
    ),
]
CONTACT: Final = {"profile": {"name": "Sam"}, "wa_id": "15550100001", "user_id": "US.13491208655302741918"}


def written(kind: str, content: Any = None, **more: Any) -> dict[str, Any]:
    """A message of this type, as somebody wrote it."""
    said = {} if content is None else {kind: content}
    return {"from": "15550100001", "id": "wamid.1", "timestamp": "1760000000", "type": kind, **said, **more}


def told(*messages: Mapping[str, Any], contact: Mapping[str, Any] = CONTACT) -> bytes:
    return body({"contacts": [contact], "messages": list(messages)})


def read(raw_body: bytes, adapter: Inbound | None = None) -> list[Event]:
    return list((adapter or inbound()).read(came(raw_body)))


def read_one(raw_body: bytes) -> Event:
    (event,) = read(raw_body)
    return event


def is_believed(adapter: Inbound, arrived: Webhook) -> bool:
    try:
        adapter.verify(arrived)
    except SignatureError:
        return False
    return True


@pytest.mark.parametrize(("secret", "signed", "header"), VECTORS)
def test_what_others_have_signed_is_believed(secret: str, signed: bytes, header: str) -> None:
    arrived = came(signed, {"x-hub-signature-256": header})
    assert is_believed(inbound(secrets=(secret,)), arrived)
    assert not is_believed(inbound(secrets=(secret + "s",)), arrived)
    assert not is_believed(inbound(secrets=(secret,)), came(signed, {"x-hub-signature-256": header.upper()}))


def test_while_one_secret_replaces_another_both_are_believed() -> None:
    adapter = inbound(secrets=("old", "new"))
    believed = [is_believed(adapter, webhook(b"{}", secret=secret)) for secret in ("old", "new", "newer", "")]
    assert believed == [True, True, False, False]


def test_a_signature_is_of_the_bytes_and_not_of_what_they_say() -> None:
    escaped = told(written("text", {"body": "Où?"}))
    spelled = escaped.replace(b"\\u00f9", "ù".encode())
    assert json.loads(spelled) == json.loads(escaped)
    assert is_believed(inbound(), webhook(escaped))
    assert not is_believed(inbound(), webhook(spelled, signed=escaped))


def test_who_knows_the_verify_token_is_answered() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    assert inbound().challenge(query) == "1158201444"
    for wrong in ({"hub.mode": "unsubscribe"}, {"hub.verify_token": "a_verify_tokem"}, {"hub.verify_token": "é"}):
        with pytest.raises(SignatureError):
            inbound().challenge(query | wrong)
    with pytest.raises(SignatureError):
        inbound().challenge({})


FILE: Final = {"id": "1", "mime_type": "image/jpeg", "sha256": "x"}
FLOW: Final = {"name": "flow", "body": "Sent", "response_json": '{"flow_token": "1"}'}
REPLY: Final = {"id": "yes", "title": "Yes please"}
MESSAGES: Final[dict[str, tuple[dict[str, Any], str, str | None]]] = {
    "text": (written("text", {"body": "Where is it?"}), "Where is it?", None),
    "quoting": (written("text", {"body": "This"}, context={"from": "1", "id": "wamid.0"}), "This", None),
    "from an advertisement": (written("text", {"body": "Hi"}, referral={"source_type": "ad"}), "Hi", None),
    "template button": (written("button", {"text": "Stop", "payload": "STOP-1"}), "Stop", None),
    "reply button": (written("interactive", {"type": "button_reply", "button_reply": REPLY}), "Yes please", None),
    "list": (
        written("interactive", {"type": "list_reply", "list_reply": REPLY}, context={"from": "1", "id": "wamid.0"}),
        "Yes please",
        None,
    ),
    "flow": (written("interactive", {"type": "nfm_reply", "nfm_reply": FLOW}), "", None),
    "image": (written("image", {**FILE, "caption": "Broken!"}), "Broken!", "image"),
    "image alone": (written("image", FILE), "", "image"),
    "video": (written("video", {**FILE, "caption": "Look"}), "Look", "video"),
    "document": (written("document", {**FILE, "caption": "The bill", "filename": "a.pdf"}), "The bill", "document"),
    "audio": (written("audio", {**FILE, "voice": False}), "", "audio"),
    "voice": (written("audio", {**FILE, "voice": True}), "", "audio"),
    "sticker": (written("sticker", {**FILE, "animated": False}), "", "sticker"),
    "location": (written("location", {"latitude": 1.5, "longitude": 2.5, "name": "Here"}), "", "location"),
    "contacts": (written("contacts", [{"name": {"formatted_name": "A", "first_name": "A"}}]), "", "contacts"),
    "order": (written("order", {"catalog_id": "1", "product_items": [], "text": "Quick!"}), "Quick!", None),
    "order alone": (written("order", {"catalog_id": "1", "product_items": []}), "", None),
}


@pytest.mark.parametrize(("message", "text", "media"), MESSAGES.values(), ids=MESSAGES)
def test_each_type_of_message_has_its_words_and_its_media(
    message: dict[str, Any], text: str, media: str | None
) -> None:
    event = read_one(told(message))
    assert isinstance(event, Message)
    assert (event.text, event.media) == (text, media)
    assert (event.id, event.event_id, event.sender, event.recipient) == ("wamid.1", "wamid.1", "+15550100001", NUMBER)
    assert event.window_expires_at - event.sent_at == timedelta(hours=24)


def test_every_kind_of_media_is_read() -> None:
    assert set(KINDS) == {media for _, _, media in MESSAGES.values() if media}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (written("reaction", {"message_id": "wamid.0", "emoji": "👍"}), "reaction"),
        (written("system", {"body": "changed", "type": "user_changed_number"}), "system"),
        (written("unsupported", errors=[{"code": 131051}]), "unsupported"),
        (written("hologram", {"caption": "new"}), "hologram"),
        (written("interactive", {"type": "call_permission_reply"}), "interactive call_permission_reply"),
        (written("text", {"body": "all"}, group_id="Y2FwaV9ncm91cDox"), "group message"),
        ({"id": "wamid.1"}, "None"),
    ],
)
def test_what_asks_for_no_reply_is_ignored(message: dict[str, Any], kind: str) -> None:
    assert read_one(told(message)) == Ignored("ignored_event", kind)


@pytest.mark.parametrize(
    ("message", "contact", "sender"),
    [
        (written("text"), CONTACT, "+15550100001"),
        (written("text") | {"from": "+15550100001"}, CONTACT, "+15550100001"),
        (written("text") | {"from": None}, CONTACT, "+15550100001"),
        (written("text") | {"from": None, "from_user_id": "US.1"}, {"user_id": "US.2"}, "US.1"),
        (written("text") | {"from": ""}, {"profile": {}, "wa_id": "", "user_id": "US.2"}, "US.2"),
        (written("text") | {"from": "US.13491208655302741918"}, {}, "US.13491208655302741918"),
    ],
)
def test_who_hides_their_number_is_known_by_their_user_id(
    message: dict[str, Any], contact: dict[str, Any], sender: str
) -> None:
    event = read_one(told(message, contact=contact))
    assert isinstance(event, Message)
    assert event.sender == sender


def test_all_of_a_batch_is_read_though_some_of_it_cannot_be() -> None:
    several = [written("text", {"body": str(number)}, id=f"wamid.{number}") for number in range(3)]
    entries = [
        *json.loads(told(several[0], {"type": "text"}, several[1]))["entry"],
        *json.loads(body({"statuses": [*status("read")["statuses"], 7]}))["entry"],
        *json.loads(told(several[2]))["entry"],
    ]
    entries[0]["changes"] *= 2
    events = read(json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode())
    assert [event.text for event in events if isinstance(event, Message)] == ["0", "1", "0", "1", "2"]
    assert [event for event in events if isinstance(event, DeliveryEvent)] == [DeliveryEvent("shop_im_1", 2, "read")]
    assert sum(isinstance(event, Ignored) for event in events) == 3


def test_the_one_thing_of_a_list_may_stand_alone() -> None:
    event = read_one(body({"contacts": CONTACT, "messages": written("text", {"body": "Hi"}) | {"from": None}}))
    assert isinstance(event, Message)
    assert (event.text, event.sender) == ("Hi", "+15550100001")


async def test_a_batch_may_be_as_long_as_meta_makes_them(ledger: Ledger) -> None:
    app = create_app({"shop": inbound(), "prelude": prelude_inbound()}, ledger)
    long = 3 * 1024 * 1024
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client:
        now = str(int(time.time()))
        batch = told(*(written("text", {"body": "x" * 4096}, id=f"wamid.{each}", timestamp=now) for each in range(100)))
        answer = await client.post("/webhooks/shop", content=batch, headers=webhook(batch).headers)
        assert (answer.status_code, answer.json()) == (200, {"results": ["new"] * 100})
        assert (await client.post("/webhooks/shop", content=b"x" * (long + 1))).status_code == 413
        assert (await client.post("/webhooks/prelude", content=batch)).status_code == 413


async def test_meta_is_answered_when_it_asks_who_we_are(ledger: Ledger) -> None:
    app = create_app({"shop": inbound()}, ledger)
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client:
        answer = await client.get("/webhooks/shop", params=query)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
        assert (await client.get("/webhooks/shop", params=query | {"hub.verify_token": ""})).status_code == 401


def test_nobodys_words_stand_in_what_is_said_of_a_fault() -> None:
    with pytest.raises(PayloadError) as caught:
        read(told({"type": "text", "id": ["secret"], "timestamp": "secret", "text": {"body": "secret"}}))
    assert str(caught.value) == "messages: id: string_type; event_id: string_type; timestamp: value_error"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (status("failed", 131026, correlation_id="other_im_1_2"), "status failed"),
        (status("failed", 131026, correlation_id="job-9"), "status failed"),
        (status("deleted"), "status deleted"),
        ({"errors": [{"code": 130501, "title": "Message type is not currently supported"}]}, "error 130501"),
    ],
)
def test_what_is_not_of_our_replies_is_ignored(value: Mapping[str, Any], kind: str) -> None:
    assert read_one(body(value)) == Ignored("ignored_event", kind)


# One app, two numbers


TWO: Final = """
accounts:
  - name: shop
    number: "+14155550100"
    book: shop.yaml
    inbound: {provider: meta, app_secret: [env:APP, env:OLD_APP], verify_token: env:VERIFY, phone_number_id: "100"}
    reply: {provider: meta, access_token: env:TOKEN, phone_number_id: "100"}
  - name: repairs
    number: "+14155550101"
    book: repairs.yaml
    inbound: {provider: meta, app_secret: env:APP, verify_token: env:VERIFY, phone_number_id: "101"}
    reply: {provider: meta, access_token: env:TOKEN, phone_number_id: "101"}
  - name: stranger
    number: "+14155550102"
    book: shop.yaml
    inbound: {provider: meta, app_secret: env:OTHER_APP, verify_token: env:VERIFY, phone_number_id: "102"}
    reply: {provider: meta, access_token: env:TOKEN, phone_number_id: "102"}
"""
SECRETS: Final = {"APP": "one", "OLD_APP": "old", "OTHER_APP": "other", "VERIFY": "v", "TOKEN": "t"}


@pytest.fixture
def opened(tmp_path: Path) -> Mapping[str, Inbound]:
    (tmp_path / "accounts.yaml").write_text(TWO)
    return open_inbound(read_accounts(tmp_path / "accounts.yaml", SECRETS, None), None)


@pytest.mark.parametrize("called", ["shop", "repairs"])
def test_what_comes_to_one_account_is_read_for_the_account_of_its_number(
    opened: Mapping[str, Inbound], called: str
) -> None:
    for number, account, recipient in (("100", "shop", NUMBER), ("101", "repairs", "+14155550101")):
        (message,) = read(body({"messages": [written("text", {"body": "Hi"})]}, number), opened[called])
        assert isinstance(message, Message)
        assert (message.account, message.recipient) == (account, recipient)
        event = status("delivered", correlation_id=f"{account}_im_1_2")
        assert read(body(event, number), opened[called]) == [DeliveryEvent(f"{account}_im_1", 2, "delivered")]


def test_an_account_of_another_app_is_another_number(opened: Mapping[str, Inbound]) -> None:
    message = {"messages": [written("text", {"body": "Hi"})]}
    assert read(body(message, "102"), opened["shop"]) == [Ignored("ignored_event", "another number")]
    assert read(body(message, "100"), opened["stranger"]) == [Ignored("ignored_event", "another number")]


def test_options_that_say_nothing_are_told_what_to_write(tmp_path: Path) -> None:
    wrong = TWO.replace("app_secret: env:APP", "app_secret: []").replace("verify_token: env:VERIFY", "x: y", 1)
    (tmp_path / "accounts.yaml").write_text(wrong)
    with pytest.raises(SettingsError) as caught:
        open_inbound(read_accounts(tmp_path / "accounts.yaml", SECRETS, None), None)
    assert "write env:NAME or file:PATH of the verify token" in str(caught.value)
    assert "`app_secret`: write env:NAME or file:PATH of the app secret" in str(caught.value)


# Somebody else's reading


class Reader:
    """What pywa, a library of others, makes of webhooks."""

    def __init__(self) -> None:
        self.read: list[Any] = []
        self._pywa = WhatsApp(
            phone_id=PHONE_NUMBER_ID, token=TOKEN, app_secret=APP_SECRET, skip_duplicate_updates=False
        )
        kinds = (
            handlers.MessageHandler,
            handlers.CallbackButtonHandler,
            handlers.CallbackSelectionHandler,
            handlers.FlowCompletionHandler,
            handlers.MessageStatusHandler,
        )
        self._pywa.add_handlers(*(kind(lambda _, update: self.read.append(update)) for kind in kinds))

    def __call__(self, arrived: Webhook) -> Any:
        header = arrived.headers["x-hub-signature-256"]
        assert self._pywa.webhook_update_validator(arrived.body, header) is None
        self._pywa.webhook_update_handler(arrived.body)
        return self.read.pop()


def words(read_by_pywa: Any) -> str:
    match read_by_pywa:
        case CallbackButton() | CallbackSelection():
            return read_by_pywa.title
        case PywaMessage():
            order = read_by_pywa.order
            return read_by_pywa.text or read_by_pywa.caption or (order.text if order else None) or ""
        case _:
            return ""


@pytest.mark.parametrize("message", [message for message, _, _ in MESSAGES.values()], ids=MESSAGES)
def test_pywa_reads_the_same_in_a_message(message: dict[str, Any]) -> None:
    arrived = webhook(told(message))
    theirs = Reader()(arrived)
    (ours,) = inbound().read(arrived)
    assert isinstance(ours, Message)
    assert (ours.text, ours.id, ours.sent_at) == (words(theirs), theirs.id, theirs.timestamp)
    assert ours.sender == f"+{theirs.from_user.wa_id}"
    assert ours.media is None or theirs.type == ours.media


@pytest.mark.parametrize("name", ["sent", "delivered", "read", "played", "failed"])
def test_pywa_reads_the_same_in_a_status(name: str) -> None:
    codes = (131026,) if name == "failed" else ()
    arrived = webhook(body({**status(name, *codes), "contacts": [CONTACT]}))
    theirs = Reader()(arrived)
    (ours,) = inbound().read(arrived)
    assert isinstance(ours, DeliveryEvent)
    assert f"{ours.key}_{ours.attempt}" == theirs.tracker
    assert ours.what == {"played": "read"}.get(theirs.status, theirs.status)
    assert ours.code == (str(theirs.error.code) if theirs.error else "")


@pytest.mark.parametrize("media", [None, *KINDS])
def test_pywa_reads_what_the_sandbox_says(media: str | None) -> None:
    player = Meta(TOKEN, APP_SECRET, VERIFY_TOKEN)
    at = 1_760_000_000 * 10**9
    customers = Written("wamid.1", "wamid.1", "+15550100001", NUMBER, "Où? 🎉", at, at, media=media)
    request = player.inbound(customers, "https://bot.example.com")
    assert isinstance(request, WebhookRequest)
    headers = {name.lower(): value for name, value in player.sign(request).items()}
    theirs = Reader()(came(request.body, headers))
    assert (theirs.type, theirs.from_user.wa_id) == (media or "text", "15550100001")
    assert words(theirs) == ("Où? 🎉" if media in (None, "image", "video", "document") else "")


@pytest.mark.parametrize("step", ["submitted", "delivered", "read", "failed"])
def test_pywa_reads_what_the_sandbox_says_of_a_reply(step: Step) -> None:
    player = Meta(TOKEN, APP_SECRET, VERIFY_TOKEN)
    reply = Reply(
        id="wamid.2",
        to="+15550100001",
        at=0,
        expires_at=0,
        request={},
        correlation_id="shop_im_1_2",
        text="",
        reason="1",
    )
    (request,) = player.events(reply, step, "https://bot.example.com", 1_760_000_000 * 10**9)
    headers = {name.lower(): value for name, value in player.sign(request).items()}
    theirs = Reader()(came(request.body, headers))
    assert (theirs.status, theirs.tracker) == ({"submitted": "sent"}.get(step, step), "shop_im_1_2")
    assert theirs.from_user.wa_id == "15550100001"
