"""Replies and templates through Twilio: POST /2010-04-01/Accounts/{sid}/Messages.json (Twilio: Messages resource).

Twilio takes no text of ours to give back, so the correlation id travels in the query of the StatusCallback URL, which
Twilio calls as it is. A closed window is mostly told later, by that callback, and seldom here.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Self
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field, ValidationError

from worker.options import Address, Options, SettingsError, TokenText
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire

CHANNEL: Final = "whatsapp:"
ACCOUNT_SID: Final = r"^AC[0-9a-fA-F]{32}$"

# Read in Twilio's pages: 63003, 63005, 63007, 63016, 63017, 63018, 63021, 63024, 63038 and 21611 (Twilio: Errors; List
# of corresponding Twilio and WhatsApp error codes), 21211, 21606, 21617 and 20003 in their answers. The others are
# general knowledge of the same pages.
_WINDOW: Final = ("63016",)
_RETRY: Final = (
    *("20429", "14107"),  # too many requests; too many messages
    *("21611", "30001"),  # its queue is full
    *("63017", "63018"),  # the rate of the account; of the channel
    "63038",  # the account's messages of a day: the answers of tomorrow will differ
)
_PERMANENT: Final = (
    *("21211", "21214", "21217", "21604", "21612", "21614"),  # To is no number, or none that can be reached
    *("21408", "21608", "21610"),  # a region that is not allowed; not verified, on trial; has told Twilio to stop
    *("21602", "21605", "21617", "21619"),  # the text: none, or too long
    *("30003", "30004", "30005", "30006", "30007", "30008"),  # not delivered
    *("63003", "63015", "63024", "63031"),  # nobody who can be written to from here
    *("63032", "63033", "63036", "63049"),  # WhatsApp does not deliver to this person
    *("63005", "63013", "63019", "63021", "63025"),  # the channel does not take the content
    # The book's template is wrong, and not the account: its replies go on.
    *("21654", "21655", "21656", "63027", "63028", "63029", "63030", "63040", "63041", "63042"),
)
_CONFIG: Final = (
    *("20003", "20005", "20006", "20008", "20403", "20404", "30002"),  # the credentials, or the account
    *("21212", "21603", "21606", "21609", "21659", "21660"),  # the sender, or the address for status callbacks
    *("63001", "63002", "63007", "63010", "63020", "63022", "63051", "63112"),  # the WhatsApp sender, as it is set up
)
_AMBIGUOUS: Final = ("20500", "20503", "63012")  # an internal error, and nobody says how far the message came

CODES: Final[Mapping[str, Answer]] = {
    **dict.fromkeys(_WINDOW, Answer.WINDOW),
    **dict.fromkeys(_RETRY, Answer.RETRY),
    **dict.fromkeys(_PERMANENT, Answer.PERMANENT),
    **dict.fromkeys(_CONFIG, Answer.CONFIG),
    **dict.fromkeys(_AMBIGUOUS, Answer.AMBIGUOUS),
}

# What a status means whose code we do not know, or that bears none.
STATUSES: Final = {
    401: Answer.CONFIG,
    402: Answer.CONFIG,
    403: Answer.CONFIG,
    408: Answer.AMBIGUOUS,
}
NOT_NOW: Final = (409, 429)  # whatever the code


class _Accepted(BaseModel):
    """201. A message that failed at once is an answer of this shape, too."""

    sid: Annotated[str, Field(min_length=1)]
    status: str | None = None
    error_code: int | None = None


class _Error(BaseModel):
    code: int


class TwilioOptions(Options):
    account_sid: Annotated[str, Field(pattern=ACCOUNT_SID)] = Field(description="the Account SID, AC and 32 hex digits")
    auth_token: TokenText = Field(description="env:NAME or file:PATH of the account's Auth Token")
    base_url: Address = "https://api.twilio.com"


class TwilioSender:
    """Sends for one WhatsApp sender of a Twilio account."""

    Options: ClassVar[type[BaseModel]] = TwilioOptions
    LONGEST: ClassVar[int] = 1600  # 21617 refuses more, though WhatsApp itself takes 4096
    IDEMPOTENT: ClassVar[bool] = False

    def __init__(self, client: httpx.AsyncClient, account_sid: str, number: str) -> None:
        self._client = client
        self._account = f"/2010-04-01/Accounts/{account_sid}"
        self._number = number

    @classmethod
    def connect(cls, options: TwilioOptions, *, number: str | None, connections: int) -> Self:
        if number is None:
            raise SettingsError(["Twilio sends from a number; write `number` with the account in the accounts file"])
        credentials = f"{options.account_sid}:{options.auth_token.reveal()}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        client = wire.client(options.base_url, headers, connections=connections)
        return cls(client, options.account_sid, number)

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        return await self._post(form(reply, self._number), allowed)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        return await self._post(template_form(message, self._number), allowed)

    async def examine(self, allowed: timedelta) -> Outcome:
        """Twilio: Account resource, Fetch."""
        answer = await wire.ask(self._client, f"{self._account}.json", allowed)
        return answer if isinstance(answer, Outcome) else read(answer)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, fields: Mapping[str, str], allowed: timedelta) -> Outcome:
        answer = await wire.ask(self._client, f"{self._account}/Messages.json", allowed, form=fields)
        return answer if isinstance(answer, Outcome) else read(answer)


def form(reply: Reply, number: str) -> dict[str, str]:
    """The request's fields (Twilio: Messages resource, Create). A text cannot quote a message."""
    return {**_addressed(reply, number), "Body": reply.text}


def template_form(message: TemplateMessage, number: str) -> dict[str, str]:
    """The same with a template (Twilio: Messages resource). Its variables are named: 1, 2, or words."""
    fields = {**_addressed(message, number), "ContentSid": message.id}
    if message.variables:
        fields["ContentVariables"] = json.dumps(dict(message.variables), ensure_ascii=False)
    return fields


def _addressed(message: Reply | TemplateMessage, number: str) -> dict[str, str]:
    fields = {"From": CHANNEL + number, "To": CHANNEL + message.to}
    if message.callback_url is not None:
        query = urlencode({"correlation_id": message.correlation_id})
        fields["StatusCallback"] = f"{message.callback_url}?{query}"
    return fields


def read(response: wire.Response) -> Outcome:
    """What Twilio's answer means."""
    if response.status < 300:
        return _accepted(response)
    code = _code(response.body)
    return Outcome(
        _meaning(response.status, code),
        code or f"http_{response.status}",
        response.status,
        request_id=_request_id(response),
        retry_after=wire.retry_after(response.headers, time.time()),
    )


def _meaning(status: int, code: str | None) -> Answer:
    if status in NOT_NOW:
        return Answer.RETRY
    if code and code in CODES:
        return CODES[code]
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:
        return Answer.AMBIGUOUS
    # Without their error envelope, or with a redirect, it is not their endpoint that answered.
    return Answer.PERMANENT if code and status >= 400 else Answer.CONFIG


def _accepted(response: wire.Response) -> Outcome:
    try:
        accepted = _Accepted.model_validate_json(response.body)
    except ValidationError:
        return Outcome(Answer.AMBIGUOUS, "unreadable_answer", response.status, request_id=_request_id(response))
    sid, request_id = wire.printable(accepted.sid), _request_id(response)
    if accepted.status in ("failed", "undelivered") and accepted.error_code is not None:
        code = str(accepted.error_code)
        return Outcome(CODES.get(code, Answer.PERMANENT), code, response.status, sid, request_id)
    return Outcome(Answer.ACCEPTED, "accepted", response.status, sid, request_id)


def _code(body: bytes) -> str | None:
    try:
        return str(_Error.model_validate_json(body).code)
    except ValidationError:
        return None


def _request_id(response: wire.Response) -> str | None:
    """From a header that Twilio's answers bear, for their support."""
    told = response.headers.get("twilio-request-id")
    return wire.printable(told) if told else None
