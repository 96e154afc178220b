"""The accounts file: several business numbers in one service, each with its way in, its way out and its book.

    accounts:
      - name: shop                      # the end of its webhook's path, /webhooks/shop
        number: "+14155550100"
        book: books/shop.yaml           # or that of AUTOREPLY_BOOK
        inbound: {provider: meta, app_secret: env:META_APP_SECRET, ...}
        reply: {provider: mojeeb, api_key: file:/run/secrets/mojeeb, ...}

What stands in `inbound` and `reply` is the adapter's affair. The file holds no secret: it names variables and files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules import BookError
from rules.document import read_document
from rules.faults import Findings, Place
from rules.tree import List, Map, Node, Text
from worker.options import Section, SettingsError, Step, Surroundings, read
from worker.setting_values import per_second

NAME: Final = r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
NUMBER: Final = r"\+[1-9][0-9]{6,14}"
WEBHOOKS: Final = "/webhooks/"  # + account: where its provider sends everything
EXAMPLE: Final = "`accounts:` and a list of them, each with name, number, inbound and reply"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One business number: how its messages come in, and how it answers them."""

    name: str
    number: str | None  # E.164; None where only the provider knows it
    book: Path | None  # None where only a worker would need it
    max_per_second: float | None  # replies; None is as many as there are
    inbound: Section
    reply: Section


def webhook_url(public_url: str | None, account: str) -> str | None:
    """Where an account's webhooks come in, as the world sees it."""
    return f"{public_url}{WEBHOOKS}{account}" if public_url else None


class _Entry(BaseModel):
    """An account as it stands in the file."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="a name of small letters, digits and -")]
    number: Annotated[str, Field(pattern=f"^{NUMBER}$", description='its number in quotes, such as "+14155550100"')]
    book: Annotated[str | None, Field(min_length=1)] = None
    max_per_second: Annotated[float | None, BeforeValidator(lambda text: per_second(str(text)))] = None
    inbound: Annotated[dict[str, Any], Field(description="how its messages come in: a provider and its keys")]
    reply: Annotated[dict[str, Any], Field(description="how it answers: a provider and its keys")]


def read_accounts(file: Path, environment: Mapping[str, str], book: Path | None) -> tuple[AccountSettings, ...]:
    """In the order of the file; `book` is that of accounts that name none. Raises SettingsError with every fault."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            [f"{file} cannot be read ({type(error).__name__}); write the path of a YAML file"]
        ) from error
    findings = Findings(str(file))
    try:
        tree = read_document(data, findings) if data.strip() else Map(Place(), ())
        findings.raise_if_any()
    except BookError as error:
        raise SettingsError([str(fault) for fault in error.faults]) from error
    return _Reader(file, Surroundings(environment, file.parent), book).read(tree)


@dataclass(frozen=True, slots=True)
class InFile:
    """Names places of a file: line and column of what stands there, or of the last on the way to it that does."""

    file: str
    node: Node
    inside: tuple[Step, ...] = ()

    def __call__(self, path: tuple[Step, ...] = ()) -> str:
        node = self.node
        for step in (*self.inside, *path):
            if isinstance(node, Map):
                found = next((value for key, value in node.entries if key.value == step), None)
            else:
                found = node.items[step] if isinstance(node, List) and isinstance(step, int) else None
            if found is None:
                break
            node = found
        return f"{self.file}:{node.place.line}:{node.place.column}"


class _Reader:
    def __init__(self, file: Path, surroundings: Surroundings, book: Path | None) -> None:
        self._file = file
        self._surroundings = surroundings
        self._book = book
        self._faults: list[str] = []

    def read(self, tree: Node) -> tuple[AccountSettings, ...]:
        entries = {key.value: value for key, value in tree.entries} if isinstance(tree, Map) else {}
        accounts = entries.pop("accounts", None)
        if entries or not isinstance(accounts, List) or not accounts.items:
            raise SettingsError([f"{InFile(str(self._file), tree)()}: write {EXAMPLE}, and nothing else"])
        found = [account for node in accounts.items if (account := self._account(node)) is not None]
        names = Counter(account.name for account in found)
        self._faults += [f"{self._file}: {names[name]} accounts are called {name}" for name in names if names[name] > 1]
        if self._faults:
            raise SettingsError(self._faults)
        return tuple(found)

    def _account(self, node: Node) -> AccountSettings | None:
        where = InFile(str(self._file), node)
        if not isinstance(node, Map):
            self._faults.append(f"{where()}: write a map with name, number, inbound and reply")
            return None
        try:
            entry = read(_Entry, _plain(node), self._surroundings, where)
        except SettingsError as error:
            self._faults += error.faults
            return None
        book = self._surroundings.folder / entry.book if entry.book else self._book
        if book is None:
            self._faults.append(f"{where()}: `book` is missing; write the path of its rule book, or set AUTOREPLY_BOOK")
        ways = [self._section(node, side, getattr(entry, side)) for side in ("inbound", "reply")]
        if ways[0] is None or ways[1] is None:
            return None
        return AccountSettings(entry.name, entry.number, book, entry.max_per_second, ways[0], ways[1])

    def _section(self, node: Map, side: str, options: dict[str, Any]) -> Section | None:
        where = InFile(str(self._file), node, (side,))
        provider = options.pop("provider", None)
        if not isinstance(provider, str):
            self._faults.append(f"{where()}: `provider` is missing; write which it is")
            return None
        return Section(provider, options, self._surroundings, where)


def _plain(node: Node) -> Any:
    match node:
        case Map(_, entries):
            return {key.value: _plain(value) for key, value in entries}
        case List(_, items):
            return [_plain(item) for item in items]
        case Text(_, value):
            return value
