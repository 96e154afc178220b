"""Kaleyra, WhatsApp API v2.

documents/kaleyra: `reply`, `accepted` and `refusals` are the samples of Send Reply to Messages word by word, with the
quote and the two commas that are missing there. The others have the fields of their samples and other values:
`template` of Send Template Messages, `contact` of Incoming message webhook payload, `sent` of Status update webhooks
payload v2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.inbound import Address, Event, Ignored, Inbound, Webhook
from bot.inbound.kaleyra import KaleyraInbound
from bot.inbound.kaleyra import KaleyraOptions as KaleyraInboundOptions
from bot.sandbox.provider import Provider
from bot.sandbox.providers.kaleyra import HEADER, SID, Kaleyra
from rules.model import Message
from tests.conformance.subject import ACCOUNT, CUSTOMER, NUMBER, URL, Refusal, Request, Subject
from worker.ledger import DeliveryEvent
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.kaleyra import KaleyraOptions, KaleyraSender
from worker.secret import Secret

DOCUMENTS: Final = Path(__file__).parent / "documents" / "kaleyra"
KEY: Final = "A0000000000000000000000000000003"
SECRET: Final = "what-the-profile-adds"
PATH: Final = f"/v2/{SID}/whatsapp/%2B{NUMBER[1:]}/messages"
# Of the codes in `refusals`.
MEANINGS: Final = {
    "RBC001": Answer.CONFIG,
    "WA401": Answer.CONFIG,
    "WA-401": Answer.CONFIG,
    "E110": Answer.CONFIG,
    "WA400": Answer.PERMANENT,
    "WA500": Answer.RETRY,
}
SENT_AT: Final = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)  # of `contact`: 1760000000


def document(name: str) -> Any:
    return json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))


def body(event: Any) -> bytes:
    return json.dumps(event).encode()


def webhook(event: Any, secret: str | None = SECRET, header: str = HEADER) -> Webhook:
    return Webhook(URL, {} if secret is None else {header.lower(): secret}, body(event))


def of_message(**message: Any) -> Any:
    """The callback of another message by the same person."""
    event = document("contact")
    (said,) = event["meta_object"]["value"]["messages"]
    event["meta_object"]["value"]["messages"] = [{name: said[name] for name in ("from", "id", "timestamp")} | message]
    return event


def of_status(name: str, ref: str = "shop_im1_2", **status: Any) -> Any:
    """The callback of another status."""
    event = document("sent")
    event["meta_object"]["value"]["statuses"][0] |= {"status": name, **status}
    event["extra_info"]["ref"] = ref
    return event | {"status": name}


def message(text: str = "", media: str | None = None) -> Message:
    return Message(
        account=ACCOUNT,
        event_id="wamid.EXAMPLE=",
        id="wamid.EXAMPLE=",
        sender=CUSTOMER,
        recipient=NUMBER,
        text=text,
        sent_at=SENT_AT,
        window_expires_at=SENT_AT + timedelta(hours=24),
        media=media,
    )


def delivery(what: Any, code: str = "") -> list[Event]:
    return [DeliveryEvent("shop_im1", 2, what, code)]


class KaleyraSubject(Subject):
    provider = "kaleyra"

    def inbound(self) -> Inbound:
        options = KaleyraInboundOptions(header=HEADER, header_secret=(Secret(SECRET),))
        return KaleyraInbound(Address(ACCOUNT, NUMBER, URL), options)

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        text = of_message(type="text", text={"body": "Où est ma commande ?"})
        image = of_message(type="image", image={"id": "1", "mime_type": "image/jpeg", "caption": "this one"})
        tapped = of_message(type="button", button={"text": "Yes", "payload": "1"}, context={"id": "wamid.1"})
        reaction = of_message(type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"})
        late = of_status("failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
        failed = of_status("failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
        own = {"extra_info": {"ref": "shop_im1_2"}, "status": "NOT-SENT"}
        elsewhere = document("contact")
        elsewhere["meta_object"]["value"]["metadata"]["display_phone_number"] = "14155550777"
        template = {"meta_object": {"field": "message_template_status_update", "value": {"event": "APPROVED"}}}
        rcs = deepcopy(text)
        rcs["meta_object"]["value"]["messaging_product"] = "rcs"
        return [
            ("a contact", webhook(document("contact")), [message(media="contacts")]),
            ("a text", webhook(text), [message("Où est ma commande ?")]),
            ("an image", webhook(image), [message("this one", "image")]),
            ("a button", webhook(tapped), [message("Yes")]),
            ("a reaction", webhook(reaction), [Ignored("ignored_event", "reaction")]),
            ("sent", webhook(document("sent")), delivery("sent")),
            ("delivered", webhook(of_status("delivered")), delivery("delivered")),
            ("read", webhook(of_status("READ")), delivery("read")),
            ("a window that was over", webhook(late), delivery("expired", "131047")),
            ("failed", webhook(failed), delivery("failed", "131026")),
            ("not sent", webhook(of_status("not-sent")), delivery("failed", "not-sent")),
            ("not sent, as in lists", webhook(of_status("NOT_SENT", errors=[{"code": 1}])), delivery("failed", "1")),
            ("not sent, without Meta's part", webhook(own), delivery("failed", "not-sent")),
            ("not sent, for a reason", webhook(own | {"errors": {"code": "E110"}}), delivery("failed", "E110")),
            ("another account's", webhook(of_status("sent", "desk_im1_2")), [Ignored("ignored_event", "status sent")]),
            ("not ours", webhook(of_status("sent", "customer1")), [Ignored("ignored_event", "status sent")]),
            ("another number's", webhook(elsewhere), [Ignored("ignored_event", "another number's")]),
            ("a new field", webhook(template), [Ignored("ignored_event", "message_template_status_update")]),
            ("another channel", webhook(rcs), [Ignored("ignored_channel", "rcs")]),
        ]

    def forged(self) -> Mapping[str, Webhook]:
        event = document("contact")
        return {
            "without the header": webhook(event, None),
            "an empty header": webhook(event, ""),
            "another's secret": webhook(event, "what-another-profile-adds"),
            "a part of the secret": webhook(event, SECRET[:-1]),
            "more than the secret": webhook(event, f"{SECRET}!"),
            "in another header": webhook(event, header="authorization"),
        }

    def unreadable(self) -> Mapping[str, bytes]:
        variables = {"body": "Hi", "from": "14155550199", "type": "text", "wanumber": "14155550100"}
        on_premises = {"contacts": [{"wa_id": "14155550199"}], "messages": [{"from": "14155550199", "id": "1"}]}
        return {
            "empty": b"",
            "no JSON": b"{",
            "a list": b"[]",
            "an empty object": b"{}",
            "the variables of an older profile": body(variables),
            "the shape of On-Premises": body(on_premises),
            "v1's status": body({"status": "sent", "id": "1"}),
            "without a value": body({"meta_object": {"field": "messages"}}),
            "half a surrogate pair": body(of_message(type="text", text={"body": "\ud83d"})),
            "without an id": body(of_message(type="text", id=None)),
            "of no time": body(of_message(type="text", timestamp="yesterday")),
        }

    def sender(self, base_url: str) -> Sender:
        options = KaleyraOptions(sid=SID, api_key=Secret(KEY), base_url=base_url)
        return KaleyraSender.connect(options, number=NUMBER, connections=8)

    def sandbox(self) -> Provider:
        return Kaleyra(KEY, SECRET)

    def request(self, reply: Reply) -> Request:
        said = document("reply")
        said["messaging_object"] |= {"context": {"message_id": reply.quotes}, "to": reply.to}
        said["messaging_object"]["text"]["body"] = reply.text
        return _with_ref(said, reply.correlation_id)

    def template_request(self, message: TemplateMessage) -> Request:
        said = document("template")  # of the variables that the question has
        said["messaging_object"]["to"] = message.to
        said["messaging_object"]["template"]["name"] = message.id
        return _with_ref(said, message.correlation_id)

    def accepted(self) -> tuple[int, bytes, str]:
        return 202, body(document("accepted")), "AXXXXXXXXXXXXXXXXXXX"

    def refusals(self) -> Sequence[Refusal]:
        return [
            *(
                Refusal(status, body(refusal), MEANINGS[refusal["code"]], refusal["code"].replace("-", ""))
                for status, refusal in document("refusals")
            ),
            Refusal(400, body({"code": "WAV2101"}), Answer.CONFIG, "WAV2101"),  # whose body no document shows
            Refusal(400, body({"code": "WA-400", "data": []}), Answer.PERMANENT, "WA400"),
            Refusal(400, body({"code": "131047"}), Answer.WINDOW, "131047"),
            Refusal(400, body({"code": 131047}), Answer.WINDOW, "131047"),
            Refusal(400, body({"code": "WA999", "data": []}), Answer.PERMANENT, "WA999"),
            Refusal(503, body({"code": "WA999"}), Answer.AMBIGUOUS, "WA999"),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(500, b"<html>", Answer.AMBIGUOUS, "http_500"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]


def _with_ref(said: Any, ref: str) -> Request:
    """`ref1`, `ref2` and `wa_source` are not mandatory, and are left away."""
    return Request(PATH, {**said, "extra_info": {"ref": ref}}, {"api-key": KEY, "content-type": "application/json"})
