"""What is answered where a call does not end well: by its status, what it means and what is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from worker.ledger import Why


class Error(TypedDict):
    """Why it did not end well."""

    error: str  # a sentence for a person


class QueryError(Error):
    """A parameter or the body holds what cannot be."""

    code: Literal["query"]  # for programs


class UnknownError(Error):
    """There is no such thing, or not any more."""

    code: Literal["unknown"]  # for programs


class Damaged(Error):
    """What stands in Redis is not what Autoreply wrote."""

    code: Literal["damaged"]  # for programs


class NotChanged(Error):
    """Nothing was changed, for a reason that the ledger has."""

    code: Why  # for programs
    before: NotRequired[str]  # the state that the message is in; of a newer version's, maybe none of those known here


class Wrong(TypedDict):
    """One place of a body."""

    at: list[str | int]  # names and places that lead there
    what: str  # what is wrong with it


class BodyError(Error):
    """The body is not as it should be."""

    code: Literal["body"]  # for programs
    wrong: list[Wrong]  # where


class Unavailable(Error):
    """Redis is away, or work on a book was. Of a change that was asked for nobody knows then whether it was made: look
    before you ask again; a reply with the same token goes out once. With a `code` nothing came of it."""

    code: NotRequired[Literal["busy", "failed"]]  # for programs; none where Redis is away


ERRORS: Final[Mapping[int, tuple[str, Any]]] = {
    400: ("a parameter or the body holds what cannot be", QueryError),
    401: ("no session, and no password that is known", Error),
    403: ("a viewer's change, or another site's", Error),
    404: ("there is no such thing", UnknownError),
    409: ("refused: nothing was changed; `code` and `error` say why", Damaged),
    422: ("the body is not as it should be", BodyError),
    429: ("too many wrong passwords", Error),
    503: ("Redis is away, or the work took too long", Unavailable),
}
TOO_LARGE: Final = (413, "the body is too large")  # is refused before it is a call, with a plain text
