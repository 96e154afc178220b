"""Twilio: Messages resource; Track the message status of outbound messages; Webhooks security; Errors.

documents/twilio/ has its own examples word by word: `created` and `status` (Track the message status), `refused`
(Errors, 21211). No page that could be read shows a webhook of WhatsApp, so `message` and `undelivered` have the fields
of webhooks that others published, with invented values. What is signed here, their own library signs.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bot.inbound import Address, Event, Ignored, Inbound, Webhook
from bot.inbound.twilio import TwilioInbound
from bot.inbound.twilio import TwilioOptions as TwilioInboundOptions
from bot.sandbox.provider import Provider
from bot.sandbox.providers.twilio import Twilio
from bot.sandbox.providers.twilio.sending import ACCOUNT_SID
from rules.model import Message
from tests.conformance.subject import ACCOUNT, NUMBER, URL, Refusal, Request, Subject
from worker.ledger import DeliveryEvent
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.twilio import CODES, TwilioOptions, TwilioSender
from worker.secret import Secret

TOKEN: Final = "12345"
NOW: Final = datetime(2026, 3, 1, 10, tzinfo=UTC)
DOCUMENTS: Final = Path(__file__).parent / "documents" / "twilio"
STATUS_URL: Final = f"{URL}?correlation_id=shop_SM1_2"
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"

Fields = Mapping[str, str]


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def signature(fields: Fields | None, url: str = URL, token: str = TOKEN) -> str:
    signed: str = RequestValidator(token).compute_signature(url, fields or {})
    return signed


def webhook(fields: Fields, url: str = URL, *, signed: str | None = None, raw: bytes | None = None) -> Webhook:
    headers = {"x-twilio-signature": signature(fields, url) if signed is None else signed, "content-type": FORM}
    return Webhook(url, headers, urlencode(fields).encode() if raw is None else raw)


def twilio_inbound(*tokens: str, account: str = ACCOUNT) -> TwilioInbound:
    options = TwilioInboundOptions(auth_tokens=tuple(Secret(token) for token in tokens or (TOKEN,)))
    return TwilioInbound(Address(account, NUMBER, URL), options, lambda: NOW)


def twilio_sender(base_url: str) -> TwilioSender:
    options = TwilioOptions(account_sid=ACCOUNT_SID, auth_token=Secret(TOKEN), base_url=base_url)
    return TwilioSender.connect(options, number=NUMBER, connections=8)


class TwilioSubject(Subject):
    provider = "twilio"

    def inbound(self) -> Inbound:
        return twilio_inbound()

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        message = Message(
            account=ACCOUNT,
            event_id="SM00000000000000000000000000000001",
            id="SM00000000000000000000000000000001",
            sender="+14155550199",
            recipient="+14155550100",
            text="where is my order?\n+ 1 & é",
            sent_at=NOW,
            window_expires_at=NOW + timedelta(hours=24),
        )
        said, status, late = document("message"), document("status"), document("undelivered")
        sent = DeliveryEvent("shop_SM1", 2, "sent")
        expired = DeliveryEvent("shop_SM1", 2, "expired", "63016")
        stranger = f"{URL}?correlation_id=bank_SM1_2"
        return [
            ("a message", webhook(said), [message]),
            ("a status", webhook(status, STATUS_URL), [sent]),
            ("a window that was over", webhook(late, STATUS_URL), [expired]),
            ("a status of nothing of ours", webhook(status), [Ignored("ignored_event", "sent")]),
            ("another account's status", webhook(status, stranger), [Ignored("ignored_event", "sent")]),
            ("a new status", webhook(status | {"MessageStatus": "x"}, STATUS_URL), [Ignored("ignored_event", "x")]),
            ("an SMS", webhook(said | {"From": "+14155550199"}), [Ignored("ignored_channel", "sms")]),
        ]

    def forged(self) -> Mapping[str, Webhook]:
        said = document("message")
        good, raw = signature(said), urlencode(said).encode()
        return {
            "altered": webhook(said | {"Body": "yes"}, signed=good),
            "truncated": webhook(said, signed=good, raw=raw[:-1]),
            "with a field more": webhook(said | {"Label": "x"}, signed=good),
            "without a field": webhook({k: v for k, v in said.items() if k != "WaId"}, signed=good),
            "encoded anew": webhook(said, signed=good, raw=json.dumps(said).encode()),
            "encoded twice": webhook(said, signed=good, raw=raw.replace(b"%", b"%25")),
            "in Latin-1": webhook(said, signed=good, raw=urlencode(said, encoding="latin-1").encode()),
            "trimmed": webhook(said | {"Body": " x "}, signed=signature(said | {"Body": "x"})),
            "of another address": webhook(said, signed=signature(said, "https://bot.example.com/webhooks/bank")),
            "with another query": webhook(said, STATUS_URL, signed=signature(said, STATUS_URL.replace("_2", "_3"))),
            "another's token": webhook(said, signed=signature(said, token="54321")),
            "an empty signature": webhook(said, signed=""),
            "not signed": Webhook(URL, {}, raw),
        }

    def unreadable(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "JSON": b"{}",
            "not UTF-8": b"MessageSid=SM1&From=%ff",
            "without an id": b"From=whatsapp%3A%2B1&To=whatsapp%3A%2B2&Body=x",
            "without a sender": b"MessageSid=SM1&Body=x",
            "a number that is none": b"MessageSid=SM1&From=whatsapp%3A%2B1&To=x&NumMedia=many",
        }

    def sender(self, base_url: str) -> Sender:
        return twilio_sender(base_url)

    def sandbox(self) -> Provider:
        return Twilio(TOKEN)

    def request(self, reply: Reply) -> Request:
        return self._request(reply, {"Body": reply.text})

    def template_request(self, message: TemplateMessage) -> Request:
        variables = json.dumps(dict(message.variables))
        return self._request(message, {"ContentSid": message.id, "ContentVariables": variables})

    def _request(self, message: Reply | TemplateMessage, more: Fields) -> Request:
        said = {"From": f"whatsapp:{NUMBER}", "To": f"whatsapp:{message.to}", **more}
        if message.callback_url:
            said["StatusCallback"] = f"{message.callback_url}?correlation_id={message.correlation_id}"
        credentials = b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
        path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        return Request(path, said, {"authorization": f"Basic {credentials}"})

    def accepted(self) -> tuple[int, bytes, str]:
        return 201, json.dumps(document("created")).encode(), "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

    def refusals(self) -> Sequence[Refusal]:
        def error(code: int) -> bytes:
            return json.dumps(document("refused") | {"code": code}).encode()

        documented = [Refusal(400, error(int(code)), answer, code) for code, answer in CODES.items()]
        return [
            *documented,
            Refusal(401, error(20003), Answer.CONFIG, "20003"),
            Refusal(404, error(20404), Answer.CONFIG, "20404"),
            Refusal(429, error(20429), Answer.RETRY, "20429"),
            Refusal(409, error(99999), Answer.RETRY, "99999"),
            Refusal(400, error(99999), Answer.PERMANENT, "99999"),
            Refusal(500, error(99999), Answer.AMBIGUOUS, "99999"),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]
