"""Settings: read from the environment once, complete or refused at start, every fault in one message.

Each process reads only what it needs: the receiver never sees the API token, the worker never sees a webhook key.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Flag, auto
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from worker.account_file import AccountSettings, read_accounts
from worker.ledger import WhenUnconfirmed
from worker.notify_values import endpoint_secrets, endpoints, unfit
from worker.options import Section, SettingsError, Step, Surroundings
from worker.outbound import Endpoint
from worker.secret import Secret
from worker.setting_values import (
    confirm_within,
    http_address,
    password,
    per_second,
    proxies,
    public_keys,
    redis_address,
    retention,
    shed_after,
    switch,
    token,
    when_unconfirmed,
)

PREFIX: Final = "AUTOREPLY_"
ACCOUNT: Final = "prelude"  # the one account where there is no accounts file, and the end of its webhook's path


class Role(Flag):
    """What a process does, and so which settings it reads."""

    RECEIVER = auto()
    WORKER = auto()
    BOTH = RECEIVER | WORKER
    DASHBOARD = auto()


NOBODY: Final = Role(0)
READER: Final = Role(0)  # a tool that looks into the ledger: it reads what both read


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is read. The table of these is the documentation's source, too."""

    name: str  # without the prefix
    read: Callable[[str], Any]  # raises ValueError with what to write instead
    roles: Role
    default: str | None = None  # as one would write it; None where there is none
    required: Role = NOBODY
    secret: bool = False  # also read from the file that NAME_FILE names
    single: bool = False  # is about the one account; of several, the accounts file says it
    example: str = ""


UNSIGNED: Final = (
    f"{PREFIX}PRELUDE_WEBHOOK_KEYS: missing; write the public key of the provider's webhooks (PEM),"
    f" or set {PREFIX}INSECURE_UNSIGNED=1 to accept anybody's webhooks on a test machine"
)

SETTINGS: Final = (
    Setting("REDIS_URL", redis_address, Role.BOTH, "redis://127.0.0.1:6379/0", secret=True),
    Setting("RETENTION", retention, Role.BOTH, "14d"),
    Setting("ACCOUNTS", Path, Role.BOTH, example="/etc/autoreply/accounts.yaml"),
    Setting(
        "PRELUDE_WEBHOOK_KEYS",
        public_keys,
        Role.RECEIVER,
        secret=True,
        example="the PEM from the dashboard",
        single=True,
    ),
    Setting("INSECURE_UNSIGNED", switch, Role.RECEIVER, "0", single=True),
    Setting("SHED_AFTER", shed_after, Role.RECEIVER, example="30m"),
    Setting("BOOK", Path, Role.WORKER | Role.DASHBOARD, required=Role.WORKER, example="rules/books/support.yaml"),
    Setting(
        "PRELUDE_API_TOKEN", token, Role.WORKER, required=Role.WORKER, secret=True, example="the API token", single=True
    ),
    Setting("PRELUDE_BASE_URL", http_address, Role.WORKER, "https://api.prelude.dev", single=True),
    Setting("PUBLIC_URL", http_address, Role.BOTH, example="https://bot.example.com"),
    Setting("CONFIRM_WITHIN", confirm_within, Role.WORKER, "2m"),
    Setting("WHEN_UNCONFIRMED", when_unconfirmed, Role.WORKER, "auto"),
    Setting("MAX_PER_SECOND", per_second, Role.WORKER, example="80", single=True),
    Setting("NOTIFY", endpoints, Role.WORKER, example="helpdesk=https://desk.example.com/hooks/autoreply"),
    Setting("NOTIFY_SECRETS", endpoint_secrets, Role.WORKER, secret=True, example="helpdesk=whsec_..."),
    Setting("NOTIFY_PRIVATE", switch, Role.WORKER, "0"),
    Setting(
        "DASHBOARD_PASSWORD",
        password,
        Role.DASHBOARD,
        required=Role.DASHBOARD,
        secret=True,
        example="what `openssl rand -base64 18` prints; whoever has it may do everything",
    ),
    Setting("DASHBOARD_VIEWER_PASSWORD", password, Role.DASHBOARD, secret=True),
    Setting("DASHBOARD_PROXIES", proxies, Role.DASHBOARD, "127.0.0.1, ::1"),
    Setting("BOOK_EDITABLE", switch, Role.DASHBOARD, "0"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set, typed. What a process's role does not need is None there."""

    redis_url: Secret
    retention: timedelta
    accounts: tuple[AccountSettings, ...]  # at least one
    prelude_webhook_keys: tuple[RSAPublicKey, ...] | None
    insecure_unsigned: bool | None
    shed_after: timedelta | None  # a backlog of that age is let grow no more; None lets it
    book: Path | None
    prelude_api_token: Secret | None
    prelude_base_url: str | None
    public_url: str | None  # from which the address for delivery events is made
    confirm_within: timedelta | None  # how long a delivery event is waited for
    when_unconfirmed: WhenUnconfirmed | None  # what becomes of a reply of which none came
    max_per_second: float | None  # replies of the account; None is as many as there are
    notify: Mapping[str, str] | None  # by name, the address of an endpoint that rules may tell of what was written
    notify_secrets: Mapping[str, tuple[Secret, ...]] | None  # by name: what it is signed with
    notify_private: bool | None  # whether an endpoint's address may be a private one
    dashboard_password: Secret | None  # of who may do everything
    dashboard_viewer_password: Secret | None  # of who may look, and sees neither texts nor numbers
    dashboard_proxies: tuple[str, ...] | None  # that are believed what they say of a browser's scheme and address
    book_editable: bool | None  # whether the dashboard may write a changed book into its file

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], role: Role) -> Self:
        """Raises SettingsError with a line for each setting that is missing, wrong or misspelt."""
        faults = _misspelt(environment)
        values: dict[str, Any] = {field.name: None for field in fields(cls)}
        several = bool(environment.get(f"{PREFIX}ACCOUNTS", "").strip())
        for setting in SETTINGS:
            if setting.roles & role or setting.roles == Role.BOTH:
                try:
                    values[setting.name.lower()] = _value(setting, environment, role, several=several)
                except ValueError as error:
                    faults.append(f"{PREFIX}{setting.name}: {error}")
        if several:
            values["accounts"], more = _several(values, environment, role)
            faults += more
        else:
            open_door = role & Role.RECEIVER and not (values["prelude_webhook_keys"] or values["insecure_unsigned"])
            if open_door and not any(UNSIGNED.split(":")[0] in fault for fault in faults):
                faults.append(UNSIGNED)
            values["accounts"] = (_single(values),)
        faults += _same_passwords(values["dashboard_password"], values["dashboard_viewer_password"])
        if not any(fault.startswith(f"{PREFIX}NOTIFY") for fault in faults):
            notify, secrets, private = (values[f"notify{more}"] for more in ("", "_secrets", "_private"))
            faults += [PREFIX + fault for fault in unfit(notify, secrets, private=bool(private))]
        if faults:
            raise SettingsError(faults)
        return cls(**values)

    @property
    def books(self) -> Mapping[Path, tuple[str, ...]]:
        """The file of each book that is named, and the accounts that it answers."""
        found: dict[Path, tuple[str, ...]] = {}
        for account in self.accounts:
            if account.book is not None:
                found[account.book] = (*found.get(account.book, ()), account.name)
        return found

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """What a rule's `notify` may name."""
        secrets = self.notify_secrets or {}
        return {name: Endpoint(url, secrets[name]) for name, url in (self.notify or {}).items()}


def _same_passwords(operators: Secret | None, viewers: Secret | None) -> list[str]:
    if operators is None or viewers is None or operators.reveal() != viewers.reveal():
        return []
    return [f"{PREFIX}DASHBOARD_VIEWER_PASSWORD: the same as {PREFIX}DASHBOARD_PASSWORD; write another"]


class InEnvironment:
    """Where the settings of the single account stand."""

    def __call__(self, path: tuple[Step, ...]) -> str:
        return "the environment"


def _single(values: Mapping[str, Any]) -> AccountSettings:
    """The account of a service without an accounts file."""

    def section(**options: Any) -> Section:
        given = {name: value for name, value in options.items() if value is not None}
        return Section(ACCOUNT, given, Surroundings({}, Path()), InEnvironment())

    inbound = section(webhook_keys=values["prelude_webhook_keys"], unsigned=values["insecure_unsigned"])
    reply = section(api_token=values["prelude_api_token"], base_url=values["prelude_base_url"])
    return AccountSettings(ACCOUNT, None, values["book"], values["max_per_second"], inbound, reply)


def _several(
    values: Mapping[str, Any], environment: Mapping[str, str], role: Role
) -> tuple[tuple[AccountSettings, ...], list[str]]:
    """Those of the accounts file, and what is wrong with them."""
    try:
        accounts = read_accounts(values["accounts"], environment, values["book"])
    except SettingsError as error:
        return (), error.faults
    without = [account.name for account in accounts if account.book is None and role & Role.WORKER]
    fault = "{}: account {} has no book; write `book: PATH` with the account, or set AUTOREPLY_BOOK"
    return accounts, [fault.format(values["accounts"], name) for name in without]


def _value(setting: Setting, environment: Mapping[str, str], role: Role, *, several: bool) -> Any:
    if several and setting.single:
        if any(environment.get(f"{PREFIX}{setting.name}{end}", "").strip() for end in ("", "_FILE")):
            raise ValueError("with AUTOREPLY_ACCOUNTS it stands in that file, with the account; remove it here")
        return None
    text = _text(setting, environment)
    if text is None:
        if setting.required & role and not (several and setting.roles & Role.WORKER):
            raise ValueError(f"missing; write {setting.example}")
        return None
    return setting.read(text)


def _text(setting: Setting, environment: Mapping[str, str]) -> str | None:
    """What was set, by value or by file. An empty value counts as not set, as env files have it."""
    value = environment.get(PREFIX + setting.name, "").strip()
    path = environment.get(f"{PREFIX}{setting.name}_FILE", "").strip() if setting.secret else ""
    if value and path:
        raise ValueError(f"set here and in {PREFIX}{setting.name}_FILE; keep one of the two")
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the file that ..._FILE names cannot be read ({type(error).__name__})") from error
        if not value:
            raise ValueError("the file that ..._FILE names is empty")
    return value or setting.default


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """A name that is nearly a setting's would be ignored without a word; other names may be somebody else's."""
    known = [PREFIX + s.name for s in SETTINGS] + [f"{PREFIX}{s.name}_FILE" for s in SETTINGS if s.secret]
    strangers = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    near = [(name, difflib.get_close_matches(name, known, n=1, cutoff=0.85)) for name in strangers]
    return [f"{name}: there is no such setting; did you mean {match[0]}?" for name, match in near if match]
