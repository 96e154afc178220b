"""POST Messages.json: what is checked, and what is answered (Twilio: Messages resource, Create).

A late reply is accepted, and its status callback says 63016 later.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import JSONResponse, Response

from bot.sandbox.addresses import is_phone_number, is_web
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Reply, Template
from bot.sandbox.provider import Posted, RefusedError

ACCOUNT_SID: Final = "AC" + "5a" * 16
ACCOUNT: Final = "/2010-04-01/Accounts/{account_sid}"
CHANNEL: Final = "whatsapp:"
LONGEST: Final = 1600  # characters
TEMPLATES: Final = ("HX", "template_")  # ids of templates begin so; the sandbox knows every template whose id does
DAY: Final = 24 * 3600 * 10**9  # nanoseconds


def accept(posted: Posted, conversations: Conversations) -> tuple[Reply | Template, Response]:
    """A text or a template. Raises RefusedError."""
    fields: Mapping[str, str] = posted.body
    callback_url = fields.get("StatusCallback")
    _check_addresses(fields, posted.business_number, callback_url)
    to = fields["To"].removeprefix(CHANNEL)
    common: dict[str, Any] = {
        "id": new_sid(),
        "to": to,
        "at": posted.at,
        "request": fields,
        "callback_url": callback_url,
        "correlation_id": dict(parse_qsl(urlsplit(callback_url or "").query)).get("correlation_id"),
    }
    if "ContentSid" in fields:
        sent: Reply | Template = Template(
            **common,
            expires_at=posted.at + DAY,
            template_id=_content(fields["ContentSid"]),
            variables=_variables(fields.get("ContentVariables", "{}")),
        )
        return sent, JSONResponse(_message_json(sent, None), 201)
    text = fields.get("Body", "")
    if not text.strip():
        raise RefusedError("21602")
    if len(text) > LONGEST:
        raise RefusedError("21617")
    ends = conversations.window_expires_at(to, posted.business_number)
    sent = Reply(**common, expires_at=ends, text=text, failing="63016" if posted.at >= ends else "")
    return sent, JSONResponse(_message_json(sent, text), 201)


def _check_addresses(fields: Mapping[str, str], business_number: str, callback_url: str | None) -> None:
    for name, missing in (("To", "21604"), ("From", "21603")):
        if not fields.get(name):
            raise RefusedError(missing)
    if not fields["To"].startswith(CHANNEL) or not is_phone_number(fields["To"].removeprefix(CHANNEL)):
        raise RefusedError("21211")
    if fields["From"] != CHANNEL + business_number:
        raise RefusedError("63007")
    if callback_url is not None and (not is_web(callback_url) or "_" in (urlsplit(callback_url).hostname or "")):
        raise RefusedError("21609")


def _content(sid: str) -> str:
    if not sid.startswith(TEMPLATES):
        raise RefusedError("21655")
    return sid


def _variables(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise RefusedError("21656")
    return found


def _message_json(sent: Reply | Template, text: str | None) -> dict[str, Any]:
    """The body of the 201 (Twilio: Messages resource, Create)."""
    uri = f"{ACCOUNT.format(account_sid=ACCOUNT_SID)}/Messages/{sent.id}"
    moment = format_datetime(datetime.fromtimestamp(sent.at / 10**9, UTC))
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": text,
        "date_created": moment,
        "date_sent": None,
        "date_updated": moment,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sent.request["From"],
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sent.id,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": sent.request["To"],
        "uri": f"{uri}.json",
    }


def new_sid() -> str:
    """Of a message."""
    return f"SM{secrets.token_hex(16)}"
