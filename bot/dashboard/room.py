"""What every page of the dashboard works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.dashboard.addresses import Addresses, message_path
from bot.dashboard.live import Live
from bot.dashboard.roles import Reader
from bot.dashboard.saying import Sayings, unsaid
from bot.dashboard.showing import FILTERS, Eyes
from worker.bookwork.desk import Desk
from worker.ledger import Operating, Record

HERE: Final = Path(__file__).parent
# In the order of the navigation: what it is called, where it is.
PLACES: Final = (
    ("overview", "Overview", "/"),
    ("needs", "Needs you", "/needs-you"),
    ("messages", "Messages", "/messages"),
    ("conversations", "Conversations", "/conversations"),
    ("rules", "Rules", "/rules"),
    ("queue", "Queue", "/queue"),
    ("audit", "Audit", "/audit"),
)


@dataclass(frozen=True, slots=True)
class Room:
    """The collaborators of all pages."""

    ledger: Operating
    live: Live
    desk: Desk
    templates: Environment
    title: str  # what runs here, in the header
    addresses: Addresses = field(default_factory=Addresses)
    sayings: Sayings = field(default_factory=Sayings)

    def ledger_of(self, request: Request) -> Operating:
        """As whoever asks: what they change is written down under their name."""
        return self.ledger.acting_as(reader_of(request).name)

    def page(
        self, request: Request, name: str, values: Mapping[str, Any], *, place: str = "", status: int = 200
    ) -> HTMLResponse:
        """The template `name`.html, with `values` and what all pages have."""
        reader, (said, said_well) = reader_of(request), self.sayings.heard(request)
        shared = {
            "reader": reader,
            "eyes": Eyes(reader),
            "nonce": request.state.nonce,
            "places": PLACES,
            "place": place,
            "title": self.title,
            "path": request.url.path,
            "address": address_of(request),
            "is_part": request.headers.get("hx-request") == "true",
            "said": said,
            "said_well": said_well,
            "conversation_path": self.addresses.conversation_path,
            "message_path": message_path,
        }
        return HTMLResponse(self.templates.get_template(f"{name}.html").render(shared | dict(values)), status)

    def wrong(self, request: Request, why: str, *, place: str) -> HTMLResponse:
        """Answers what stands in an address and cannot be."""
        words, href = next((words, href) for key, words, href in PLACES if key == place)
        return self.page(request, "wrong", {"why": why, "words": words, "href": href}, place=place, status=400)


def reader_of(request: Request) -> Reader:
    """Who asks: the guard has seen to it."""
    reader: Reader = request.state.reader
    return reader


def address_of(request: Request) -> str:
    """Of the page, to come back to after a change, without what it said; of what a form has sent: the start."""
    if request.method != "GET":
        return "/"
    return unsaid(request.url.path, request.url.query)


def is_readable(record: object) -> bool:
    """Whether a record is one, and not damaged or of a newer version."""
    return isinstance(record, Record)


def make_templates() -> Environment:
    """Escapes whatever is put in; a name that a template misspells is a fault."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    found.filters.update(FILTERS)
    found.tests["readable"] = is_readable
    return found
