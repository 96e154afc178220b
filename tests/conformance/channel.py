"""A channel of one's own, provider `webhook`: the contract in deploy/accounts.md, with its examples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook as Signer

from bot.inbound import Address, Event, Ignored, Inbound, Webhook
from bot.inbound.channel import ChannelInbound
from bot.inbound.channel import ChannelOptions as InboundOptions
from bot.sandbox.provider import Provider
from bot.sandbox.providers.channel import Channel
from rules.media import KINDS
from rules.model import Message
from tests.conformance.subject import ACCOUNT, CUSTOMER, NUMBER, URL, Refusal, Request, Subject
from worker.ledger import Delivery, DeliveryEvent
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.channel import CODES, ChannelOptions, ChannelSender
from worker.secret import Secret

DOCUMENTS: Final = Path(__file__).parent / "documents" / "webhook"
SECRET: Final = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NEXT: Final = "whsec_YW5vdGhlci10aGF0LXdpbGwtcmVwbGFjZS1pdC1zb29u"
STRANGERS: Final = "whsec_bm9ib2R5LWV2ZXItc2hhcmVkLXRoaXMtd2l0aC11cy0h"
STATUSES: Final[tuple[Delivery, ...]] = ("sent", "delivered", "read", "failed", "expired")


def document(name: str) -> bytes:
    return (DOCUMENTS / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    """The document with other fields; None takes one away."""
    said = json.loads(document(name)) | fields
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


def webhook(
    body: bytes, *, number: str = "msg_1", age: timedelta = timedelta(0), secrets: Sequence[str] = (SECRET,)
) -> Webhook:
    """Signed as their library signs."""
    at = datetime.now(UTC) - age
    headers = {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(number, at, body.decode()) for secret in secrets),
    }
    return Webhook(URL, headers, body)


def message(**other: Any) -> Message:
    """What the documents' message tells."""
    usual: dict[str, Any] = {
        "account": ACCOUNT,
        "event_id": "m-1001",
        "id": "m-1001",
        "sender": CUSTOMER,
        "recipient": NUMBER,
        "text": "where is my order",
        "sent_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "window_expires_at": datetime(2026, 3, 3, 9, 30, tzinfo=UTC),
        "media": "image",
    }
    return Message(**usual | other)


def inbound(*secrets: str) -> ChannelInbound:
    options = InboundOptions(secrets=tuple(Secret(secret) for secret in secrets or (SECRET,)))
    return ChannelInbound(Address(ACCOUNT, NUMBER, URL), options)


class ChannelSubject(Subject):
    provider = "webhook"

    def inbound(self) -> Inbound:
        return inbound()

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        ends = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
        said: list[tuple[str, bytes, Event]] = [
            ("the documents' message", document("message"), message()),
            ("a text alone", changed("message", media=None), message(media=None)),
            ("to whom the account says", changed("message", to=None), message()),
            (
                "its own window",
                changed("message", window_expires_at="2026-03-02T18:00:00Z"),
                message(window_expires_at=ends),
            ),
            ("nobody's number", changed("message", **{"from": "u-7"}), message(sender="u-7")),
            ("a field that is new", changed("message", mood="good"), message()),
            *((f"media: {kind}", changed("message", media=kind), message(media=kind)) for kind in KINDS),
            ("the documents' delivery", document("delivery"), DeliveryEvent("shop_m-1001", 1, "failed", "unreachable")),
            *(
                (
                    f"delivery: {status}",
                    changed("delivery", status=status, reason=None),
                    DeliveryEvent("shop_m-1001", 1, status),
                )
                for status in STATUSES
            ),
            (
                "too late, by its reason",
                changed("delivery", reason="window_expired"),
                DeliveryEvent("shop_m-1001", 1, "expired", "window_expired"),
            ),
            ("another status", changed("delivery", status="queued"), Ignored("ignored_event", "delivery queued")),
            (
                "another account's",
                changed("delivery", correlation_id="bar_m_1"),
                Ignored("ignored_event", "delivery failed"),
            ),
            ("nobody's", changed("delivery", correlation_id="x"), Ignored("ignored_event", "delivery failed")),
            ("a new type", changed("message", type="typing"), Ignored("ignored_event", "typing")),
        ]
        return [(name, webhook(body), [event]) for name, body, event in said]

    def forged(self) -> Mapping[str, Webhook]:
        good = webhook(document("message"))

        def but(**other: str) -> Webhook:
            names = {name.replace("_", "-"): value for name, value in other.items()}
            return Webhook(URL, {**good.headers, **names}, good.body)

        return {
            "altered": Webhook(URL, good.headers, good.body.replace(b"order", b"0rder")),
            "truncated": Webhook(URL, good.headers, good.body[:-1]),
            "encoded anew": Webhook(URL, good.headers, json.dumps(json.loads(good.body)).encode()),
            "another's key": webhook(good.body, secrets=[STRANGERS]),
            "not signed": Webhook(URL, {}, good.body),
            "without a signature": but(webhook_signature=""),
            "another id": but(webhook_id="msg_2"),
            "another moment": but(webhook_timestamp=str(int(good.headers["webhook-timestamp"]) + 1)),
            "another version": but(webhook_signature=good.headers["webhook-signature"].replace("v1,", "v2,")),
            "no base64": but(webhook_signature="v1,!"),
            "no moment": but(webhook_timestamp="soon"),
            "replayed": webhook(good.body, age=timedelta(minutes=5, seconds=2)),
            "from the future": webhook(good.body, age=-timedelta(minutes=5, seconds=30)),
            "no text": Webhook(URL, good.headers, b"\xff"),
        }

    def unreadable(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "no JSON": b"{",
            "a list": b"[]",
            "without a type": b'{"id": "m-1"}',
            "without a text": changed("message", text=None),
            "without an id": changed("message", id=None),
            "without a sender": changed("message", **{"from": None}),
            "no moment": changed("message", sent_at="yesterday"),
            "a moment that is a number": changed("message", sent_at=1_700_000_000),
            "a moment without a zone": changed("message", sent_at="2026-03-02T09:30:00"),
            "the end of the calendar": changed("message", sent_at="9999-12-31T23:59:59Z"),
            "media of no kind": changed("message", media="hologram"),
            "a delivery of nothing": changed("delivery", correlation_id=None),
        }

    def sender(self, base_url: str) -> Sender:
        options = ChannelOptions(url=f"{base_url}/replies", secrets=(Secret(SECRET),), private=True)
        return ChannelSender.connect(options, number=NUMBER, connections=8)

    def sandbox(self) -> Provider:
        return Channel(Secret(SECRET))

    def request(self, reply: Reply) -> Request:
        more = {} if reply.callback_url else {"callback_url": None}
        said = changed("reply", text=reply.text, reply_to=reply.quotes, correlation_id=reply.correlation_id, **more)
        return Request("/replies", json.loads(said), _headers(reply.correlation_id))

    def template_request(self, message: TemplateMessage) -> Request:
        variables = dict(message.variables)
        said = changed("template", template_id=message.id, variables=variables, correlation_id=message.correlation_id)
        return Request("/replies", json.loads(said), _headers(message.correlation_id))

    def accepted(self) -> tuple[int, bytes, str]:
        return 200, document("accepted"), "out-2001"

    def refusals(self) -> Sequence[Refusal]:
        def error(code: str) -> bytes:
            return json.dumps({"error": {"code": code, "message": "m"}}).encode()

        return [
            Refusal(422, document("refused"), Answer.WINDOW, "window_expired"),
            *(Refusal(422, error(code), answer, code) for code, answer in CODES.items()),
            Refusal(503, error("not_now"), Answer.RETRY, "not_now"),
            Refusal(422, error("no_such_template"), Answer.PERMANENT, "no_such_template"),
            Refusal(409, error("busy"), Answer.RETRY, "busy"),
            *(Refusal(status, error("new"), Answer.CONFIG, "new") for status in (401, 402, 403, 410)),
            Refusal(408, b"", Answer.AMBIGUOUS, "http_408"),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(307, b"", Answer.CONFIG, "http_307"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(500, error("bug"), Answer.AMBIGUOUS, "bug"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]


def _headers(correlation_id: str) -> dict[str, str]:
    return {"content-type": "application/json", "webhook-id": correlation_id}
