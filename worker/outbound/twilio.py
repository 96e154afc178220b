"""Replies and templates through Twilio: POST /2010-04-01/Accounts/{sid}/Messages.json (Twilio: Messages resource).

Twilio takes no text of ours to give back, so the correlation id travels in the query of the StatusCallback URL, which
Twilio calls as it is. A closed window is mostly told later, by that callback, and seldom here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Self
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from worker.options import Address, Options, SettingsError, TokenText
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused

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

    def __init__(self, client: wire.Client, account_sid: str, number: str) -> None:
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
        answer = await self._client.ask(f"{self._account}.json", allowed)
        return answer if isinstance(answer, Outcome) else read(answer)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, fields: Mapping[str, str], allowed: timedelta) -> Outcome:
        answer = await self._client.ask(f"{self._account}/Messages.json", allowed, form=fields)
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
    request_id = response.headers.get("twilio-request-id")  # for their support
    if response.status < 300:
        answer = parsed(_Accepted, response.body)
        if answer and answer.status in ("failed", "undelivered") and answer.error_code is not None:
            failure = str(answer.error_code)
            outcome = refused(response, failure, CODES.get(failure, Answer.PERMANENT), request_id)
            return replace(outcome, provider_id=wire.printable(answer.sid))
        return accepted(response, answer.sid if answer else None, request_id)
    error = parsed(_Error, response.body)
    code = str(error.code) if error else None
    return refused(response, code, CODES.get(code or ""), request_id)
