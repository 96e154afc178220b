"""The accounts file: what is wrong with one is told with its place and what to write, and never with a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.inbound.providers import open_inbound, read_inbound
from tests.conformance.channel import SECRET
from worker.account_file import EXAMPLE, AccountSettings, read_accounts
from worker.options import REFERENCE, SettingsError
from worker.outbound.providers import read_reply
from worker.setting_values import HTTP_ADDRESS
from worker.settings import Role, Settings

GOOD: Final = """\
accounts:
  - name: shop
    number: "+14155550100"
    book: shop.yaml
    inbound: {provider: webhook, secrets: env:DESK}
    reply: {provider: webhook, secrets: env:DESK, url: https://desk.example.com/replies}
"""
ENVIRONMENT: Final = {"DESK": SECRET}
LOOKS: Final[dict[Role, Callable[[Sequence[AccountSettings]], object]]] = {
    Role.RECEIVER: lambda accounts: read_inbound(accounts, "https://bot.example.com"),
    Role.WORKER: read_reply,
}


def told(folder: Path, text: str | bytes, role: Role = Role.BOTH, **environment: str) -> list[str]:
    """What a process of this role says of the file; nothing where it is good."""
    file = folder / "accounts.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    faults: list[str] = []
    try:
        accounts = Settings.from_environment(
            ENVIRONMENT | {"AUTOREPLY_ACCOUNTS": str(file)} | environment, role
        ).accounts
    except SettingsError as error:
        faults, accounts = error.faults, ()
    for look in [look for needs, look in LOOKS.items() if needs & role]:
        try:
            look(accounts)
        except SettingsError as error:
            faults += error.faults
    return [fault.replace(f"{folder}/", "") for fault in faults]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace('"+14155550100"', "+14155550100"),
        "# of the shop\n" + GOOD + "  # and of nobody else\n",
        GOOD + GOOD.replace("accounts:\n", "").replace("shop", "bar"),
        GOOD.replace("    book", "    max_per_second: 0.5\n    book"),
        GOOD.replace("env:DESK", "file:secret.txt"),
    ],
)
def test_a_good_file_is_good(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "secret.txt").write_text(SECRET + "\n")
    assert told(tmp_path, text) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("- name: shop\n    ", "- ", "2:5: `name` is missing; write a name of small letters, digits and -, at most 32"),
        ("name: shop", "name: My Shop", "2:11: `name`: write a name of small letters, digits and -, at most 32"),
        (
            "    book",
            "    name: bar\n    book",
            "4:5: duplicate key `name`, first in line 2; begin each account with `- name: ...`",
        ),
        ('    number: "+14155550100"\n', "", '2:5: `number` is missing; write its number as "+14155550100"'),
        ('"+14155550100"', "14155550100", '3:13: `number`: write its number as "+14155550100"'),
        ('"+14155550100"', "+1 415 555 0100", '3:13: `number`: write its number as "+14155550100"'),
        ("    book", "    books", "4:12: there is no key `books` here; did you mean `book`?"),
        (
            "    book",
            "    rate",
            "4:11: there is no key `rate` here; write one of `name`, `number`, `book`, `max_per_second`, `inbound`,"
            " `reply`",
        ),
        ("shop.yaml", "[shop.yaml]", "4:11: `book`: write the path of its rule book"),
        (
            "    book",
            "    max_per_second: lots\n    book",
            "4:21: `max_per_second`: write a number of replies a second, such as 80 or 0.5",
        ),
        (
            "inbound: {provider: webhook, secrets: env:DESK}",
            "inbound: webhook",
            "5:14: `inbound`: write how its messages come in: a provider and its keys",
        ),
        (
            "inbound: {provider: webhook, ",
            "inbound: {",
            "5:14: `provider` is missing; write `prelude` or another that deploy/accounts.md names",
        ),
        (
            "inbound: {provider: webhook",
            "inbound: {provider: webhok",
            "5:25: there is no adapter for `webhok`; did you mean `webhook`?",
        ),
        ("secrets: env:DESK}", "secret: env:DESK}", "5:42: there is no key `secret` here; did you mean `secrets`?"),
        ("secrets: env:DESK}", f"secrets: {SECRET}}}", f"5:43: `secrets`: {REFERENCE}"),
        ("secrets: env:DESK}", f"secrets: env:{SECRET}}}", f"5:43: `secrets`: {REFERENCE}"),
        (
            "secrets: env:DESK}",
            "secrets: env:DESKS}",
            "5:43: `secrets`: the environment has no DESKS; set it, or correct its name",
        ),
        (
            "secrets: env:DESK}",
            "secrets: file:desk.txt}",
            "5:43: `secrets`: the file desk.txt cannot be read (FileNotFoundError)",
        ),
        (
            "url: https://desk.example.com/replies",
            "url: desk.example.com",
            f"6:56: `url`: {HTTP_ADDRESS}",
        ),
        ("accounts:", "account:", "1:1: there is no key `account` here; did you mean `accounts`?"),
        ("accounts:", "version: 1\naccounts:", "1:1: there is no key `version` here; write one of `accounts`"),
        ("accounts:\n  - name", "accounts:\n    name", f"2:5: write {EXAMPLE}"),
        ("accounts:\n", "", "1:3: write " + EXAMPLE),
        ("name: shop", "name:shop", "2:5: no space after `name:`; write `name: shop`"),
    ],
)
def test_a_fault_has_its_place_and_what_to_write(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert told(tmp_path, GOOD.replace(before, after, 1)) == [f"accounts.yaml:{fault}"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", f"1:1: write {EXAMPLE}"),
        ("\ufeff\n# nothing yet\n", f"1:1: write {EXAMPLE}"),
        ("accounts: []", f"1:11: write {EXAMPLE}"),
        ("accounts: [shop]", "1:12: write a map with name, number, inbound and reply"),
        ("---\n", f"2:1: write {EXAMPLE}"),
        (b"\xff\xfea\0", '1:1: the file is in UTF-16 or UTF-32; save it as UTF-8; Windows also calls it "Unicode"'),
        (b"accounts: \xe9", "1:11: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_what_is_no_accounts_file_at_all(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert told(tmp_path, text) == [f"accounts.yaml:{fault}"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_accounts(tmp_path / "none.yaml", {}, None)
    assert caught.value.faults == [
        f"{tmp_path}/none.yaml cannot be read (FileNotFoundError); write the path of a YAML file"
    ]


def test_two_accounts_of_one_name_are_told_where_the_second_is(tmp_path: Path) -> None:
    twice = GOOD + GOOD.replace("accounts:\n", "")
    assert told(tmp_path, twice) == ["accounts.yaml:7:11: `name`: the account in line 2 is called shop too"]
    aliased = GOOD.replace("- name", "- &shop\n    name") + "  - *shop\n"
    assert ["is called shop too" in fault for fault in told(tmp_path, aliased)] == [True]


def test_the_faults_of_all_accounts_come_at_once(tmp_path: Path) -> None:
    second = GOOD.replace("accounts:\n", "").replace("shop", "bar").replace("url", "uri")
    assert told(tmp_path, GOOD.replace("env:DESK", "DESK") + second) == [
        f"accounts.yaml:5:43: `secrets`: {REFERENCE}",
        f"accounts.yaml:6:41: `secrets`: {REFERENCE}",
        "accounts.yaml:11:56: there is no key `uri` here; did you mean `url`?",
    ]


# What else is set


def test_an_account_whose_replies_its_provider_could_not_place_is_told(tmp_path: Path) -> None:
    reply = "{provider: prelude, api_token: env:DESK}"
    pair = GOOD[: GOOD.index("{provider: webhook, secrets: env:DESK, url")] + reply
    assert told(tmp_path, pair) == []  # a channel of the operator's own may pass Prelude's messages on
    stranger = pair.replace("{provider: webhook, secrets: env:DESK}", "{provider: twilio, auth_tokens: env:DESK}")
    assert told(tmp_path, stranger, Role.WORKER) == [
        "accounts.yaml:6:23: `prelude` replies only to messages that it brought itself, and those of account shop come"
        " in through `twilio`; let both be of one provider, or let another reply"
    ]


def test_a_worker_needs_a_book_for_each_account_and_a_receiver_needs_none(tmp_path: Path) -> None:
    without = GOOD.replace("    book: shop.yaml\n", "")
    advice = "account shop has no book; write `book: PATH` with the account, or set AUTOREPLY_BOOK"
    assert told(tmp_path, without, Role.WORKER) == [f"accounts.yaml: {advice}"]
    assert told(tmp_path, without, Role.RECEIVER) == []
    assert told(tmp_path, without, Role.WORKER, AUTOREPLY_BOOK="book.yaml") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRELUDE_API_TOKEN", "token"),
        ("PRELUDE_API_TOKEN_FILE", "/none"),
        ("PRELUDE_WEBHOOK_KEYS", "key"),
        ("PRELUDE_BASE_URL", "https://api.prelude.dev"),
        ("INSECURE_UNSIGNED", "0"),
        ("MAX_PER_SECOND", "80"),
    ],
)
def test_what_stands_in_the_file_is_not_also_set_beside_it(tmp_path: Path, name: str, value: str) -> None:
    setting = f"AUTOREPLY_{name}"
    advice = "with AUTOREPLY_ACCOUNTS it stands in that file, with the account; remove it here"
    assert told(tmp_path, GOOD, Role.BOTH, **{setting: value}) == [f"{setting.removesuffix('_FILE')}: {advice}"]
    assert told(tmp_path, GOOD, Role.BOTH, **{setting: " "}) == []  # as compose passes on what is not set


def test_each_process_reads_its_own_secrets_alone(tmp_path: Path) -> None:
    apart = GOOD.replace("env:DESK", "env:IN", 1).replace("env:DESK", "env:OUT")
    assert told(tmp_path, apart, Role.RECEIVER, IN=SECRET) == []
    assert told(tmp_path, apart, Role.WORKER, OUT=SECRET) == []
    (fault,) = told(tmp_path, apart, Role.RECEIVER, OUT=SECRET)
    assert fault == "accounts.yaml:5:43: `secrets`: the environment has no IN; set it, or correct its name"
    (fault,) = told(tmp_path, apart, Role.WORKER, IN=SECRET)
    assert fault == "accounts.yaml:6:41: `secrets`: the environment has no OUT; set it, or correct its name"


# Whatever stands in it

PIECES: Final = [
    *(line + "\n" for line in GOOD.splitlines()),
    *("accounts", "name", "number", "inbound", "reply", "secrets", "provider", "webhook", "prelude", "env:", "file:"),
    *(": ", ":", "- ", "-", ", ", "{", "}", "[", "]", "\n", "\n  ", "\n    ", '"', "'", "#", " #", "&", "*"),
    *("!", "|", ">", "%", "`", "@", "?", "---\n", "\t", "\\x00", "\u00a0", "<<", "~", "1e9"),
    SECRET,
    SECRET[:30],
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


def look(folder: Path, data: bytes, environment: Mapping[str, str]) -> list[str]:
    """Everything that is ever said of a file: nothing but SettingsError is raised."""
    file = folder / "accounts.yaml"
    file.write_bytes(data)
    try:
        accounts = read_accounts(file, environment, None)
        open_inbound(accounts, "https://bot.example.com")
        read_reply(accounts)
    except SettingsError as error:
        return error.faults
    return []


def quoting(faults: list[str]) -> list[str]:
    return [fault for fault in faults if SECRET[:12] in fault]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
@example([GOOD, "  ", SECRET, "\n"])
@example([GOOD.replace("env:DESK", "{" + SECRET + "}")])
@example([GOOD.replace("env:DESK", "file:" + SECRET)])
@example([GOOD.replace("provider: webhook", "provider: " + SECRET)])
@example([GOOD.replace("secrets: env:DESK", SECRET)])
@example([GOOD.replace("accounts", SECRET)])
@example([GOOD.replace("name: shop", "name: " + SECRET)])
@example([GOOD, "    - ", SECRET])
def test_no_arrangement_of_what_belongs_there_raises_anything_else_or_quotes_a_secret(
    folder: Path, pieces: list[str]
) -> None:
    assert quoting(look(folder, "".join(pieces).encode(), ENVIRONMENT)) == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.integers(0, len(GOOD)), after=st.integers(0, len(GOOD)), middle=st.text(max_size=8))
def test_no_damage_to_a_good_file_raises_anything_else_or_quotes_a_secret(
    folder: Path, before: int, after: int, middle: str
) -> None:
    written = GOOD.replace("env:DESK", SECRET)
    damaged = written[:before] + middle + written[after:]
    assert quoting(look(folder, damaged.encode("utf-8", "surrogatepass"), {})) == []


@settings(max_examples=100)
@given(data=st.binary(max_size=60))
def test_no_bytes_raise_anything_else(folder: Path, data: bytes) -> None:
    assert look(folder, data, {})  # so few are no file of accounts
