"""What calls about books are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.dashboard.api.calls import Body
from rules.inserting import LONGEST as LONGEST_EXAMPLE
from rules.words import LONGEST

MediaKind = Literal["image", "video", "audio", "document", "sticker", "location", "contacts"]
Short = Annotated[str, Field(max_length=200)]


class TryBody(Body):
    """A message to ask a book about."""

    text: Annotated[str, Field(max_length=LONGEST)] = ""
    at: Annotated[
        Short, Field(description="2026-12-24T18:00, mon 09:00 or 09:00, in the book's zone; empty is now")
    ] = ""
    sender: Short = "try"
    tags: list[Short] = Field(default_factory=list, max_length=20)
    first_message: bool = True
    media: MediaKind | None = None
    book: Annotated[str | None, Field(description="a book's text; without it the one in force is asked")] = None


class BookBody(Body):
    """A changed book."""

    book: Annotated[str, Field(description="its text")]


class PutBody(BookBody):
    """A book to put in force."""

    began_with: Annotated[Short, Field(description="the version that was in force when the change began")]


class ReturnBody(Body):
    """A book to return to."""

    version: Short
    began_with: Annotated[Short, Field(description="the version that is in force now")]


class ExampleBody(Body):
    """An example to add to a rule."""

    rule: str
    text: Annotated[str, Field(max_length=LONGEST_EXAMPLE)] = ""
    kind: Literal["matches", "ignores", "known_misses"] = "matches"
    media: MediaKind | None = None
