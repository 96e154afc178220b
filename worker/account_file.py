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

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules import BookError
from rules.document import read_document
from rules.faults import Fault, Findings, Place
from rules.tree import List, Map, Node, Text
from worker.options import Section, SettingsError, Step, Surroundings, read, unknown
from worker.secret import masked
from worker.setting_values import per_second

NAME: Final = r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
NUMBER: Final = r"\+[1-9][0-9]{6,14}"
WEBHOOKS: Final = "/webhooks/"  # + account: where its provider sends everything
ACCOUNTS: Final = "accounts"
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

    @property
    def hears_of_replies(self) -> bool:
        """Whether its webhooks can tell what became of its replies: those of another provider cannot."""
        return self.inbound.provider == self.reply.provider


def webhook_url(public_url: str | None, account: str) -> str | None:
    """Where an account's webhooks come in, as the world sees it."""
    return f"{public_url}{WEBHOOKS}{account}" if public_url else None


class _Entry(BaseModel):
    """An account as it stands in the file."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="a name of small letters, digits and -, at most 32")]
    number: Annotated[str, Field(pattern=f"^{NUMBER}$", description='its number as "+14155550100"')]
    book: Annotated[str | None, Field(min_length=1, description="the path of its rule book")] = None
    max_per_second: Annotated[float | None, BeforeValidator(lambda text: per_second(str(text)))] = None
    inbound: Annotated[dict[str, Any], Field(description="how its messages come in: a provider and its keys")]
    reply: Annotated[dict[str, Any], Field(description="how it answers: a provider and its keys")]


def read_accounts(file: Path, environment: Mapping[str, str], book: Path | None) -> tuple[AccountSettings, ...]:
    """In the order of the file; `book` is that of accounts that name none: where there is neither, theirs is None.

    Raises SettingsError with every fault.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            [f"{file} cannot be read ({type(error).__name__}); write the path of a YAML file"]
        ) from error
    findings = Findings(str(file))
    try:
        tree = Map(Place(), ()) if _says_nothing(data) else read_document(data, findings)
        findings.raise_if_any()
    except BookError as error:
        raise SettingsError([_told(fault) for fault in error.faults]) from error
    return _Reader(file, Surroundings(environment, file.parent), book).read(tree)


def _says_nothing(data: bytes) -> bool:
    lines = data.removeprefix(BOM_UTF8).splitlines()
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in lines)


def _told(fault: Fault) -> str:
    """What is no YAML, from a reader that is used to books. It quotes the file, where a secret may stand by mistake."""
    said = masked(f"{fault.problem}; {fault.advice}")
    said = said.replace("each rule", "each account").replace("split the book", "split it")
    return f"{fault.file}:{fault.line}:{fault.column}: {said}"


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
        self._lines: dict[str, int] = {}  # of the accounts, by name

    def read(self, tree: Node) -> tuple[AccountSettings, ...]:
        found = [account for node in self._entries(tree) if (account := self._account(node)) is not None]
        if self._faults:
            raise SettingsError(self._faults)
        return tuple(found)

    def _entries(self, tree: Node) -> tuple[Node, ...]:
        entries = tree.entries if isinstance(tree, Map) else ()
        accounts = next((value for key, value in entries if key.value == ACCOUNTS), None)
        for key, _ in entries:
            if key.value != ACCOUNTS:
                self._faults.append(f"{self._at(key)}: {unknown(key.value, [ACCOUNTS])}")
        if isinstance(accounts, List) and accounts.items:
            return accounts.items
        if accounts is not None or not self._faults:
            self._faults.append(f"{self._at(tree if accounts is None else accounts)}: write {EXAMPLE}")
        return ()

    def _at(self, node: Node) -> str:
        return InFile(str(self._file), node)()

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
        if (line := self._lines.get(entry.name)) is not None:
            self._faults.append(f"{where(('name',))}: `name`: the account in line {line} is called {entry.name} too")
        self._lines.setdefault(entry.name, node.place.line)
        book = self._surroundings.folder / entry.book if entry.book else self._book
        ways = [self._section(node, side, getattr(entry, side)) for side in ("inbound", "reply")]
        if ways[0] is None or ways[1] is None:
            return None
        return AccountSettings(entry.name, entry.number, book, entry.max_per_second, ways[0], ways[1])

    def _section(self, node: Map, side: str, options: dict[str, Any]) -> Section | None:
        where = InFile(str(self._file), node, (side,))
        provider = options.pop("provider", None)
        if not isinstance(provider, str):
            self._faults.append(
                f"{where()}: `provider` is missing; write `prelude` or another that deploy/accounts.md names"
            )
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
