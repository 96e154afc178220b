"""What an adapter is told in the settings: a part of the accounts file, read by the model that the adapter gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, InstanceOf, ValidationError, ValidationInfo

from rules.keys import closest, listed
from worker.secret import Secret, masked
from worker.setting_values import http_address, token

REFERENCE: Final = (
    "write env:NAME, for a variable of the environment, or file:PATH; a secret is not written into the file"
)
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")

Step = str | int
M = TypeVar("M", bound=BaseModel)


class SettingsError(Exception):
    """One or more settings are missing or wrong. `faults` has a line for each: its name or place, and what to write."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Options(BaseModel):
    """A base for what an adapter takes. A field's description says what to write there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """From where secrets are read."""

    environment: Mapping[str, str]
    folder: Path  # that relative paths start from


class Where(Protocol):
    """How a fault names its place."""

    def __call__(self, path: tuple[Step, ...]) -> str: ...


@dataclass(frozen=True, slots=True)
class Section:
    """What an account's `inbound` or `reply` says, for the adapter of its provider to read."""

    provider: str
    options: Mapping[str, Any]  # texts, lists and maps; or values that are read already
    surroundings: Surroundings
    where: Where

    def read(self, model: type[M]) -> M:
        """Raises SettingsError with every fault."""
        return read(model, self.options, self.surroundings, self.where)


def read(model: type[M], options: Mapping[str, Any], surroundings: Surroundings, where: Where) -> M:
    """What these options say. Raises SettingsError with every fault."""
    try:
        return model.model_validate(options, context=surroundings)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        # One that is only misspelt is told once.
        meant = {closest(str(fault["loc"][0]), model.model_fields) for fault in faults if _is(fault, "extra_forbidden")}
        faults = [fault for fault in faults if not (_is(fault, "missing") and fault["loc"][0] in meant)]
        raise SettingsError([f"{where(fault['loc'])}: {_told(fault, model)}" for fault in faults]) from None


def _is(fault: Any, kind: str) -> bool:
    """Whether it is of this kind, and about a key of the model itself."""
    return fault["type"] == kind and len(fault["loc"]) == 1


def _told(fault: Any, model: type[BaseModel]) -> str:
    """What is wrong and what to write; never the value, which may be a secret."""
    name = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        return unknown(name, list(model.model_fields) if len(fault["loc"]) == 1 else [])
    if fault["type"] == "value_error":
        return f"`{name}`: {fault['ctx']['error']}" if name else str(fault["ctx"]["error"])
    field = model.model_fields.get(name) if len(fault["loc"]) == 1 else None
    wanted = f"write {field.description}" if field and field.description else ""
    if fault["type"] == "missing":
        return f"`{name}` is missing; {wanted or 'write it'}"
    return f"`{name}`: {wanted or fault['msg'][0].lower() + fault['msg'][1:]}"


def unknown(name: str, known: Collection[str]) -> str:
    """What is said of a key that is none of these."""
    guess = closest(name, known)
    advice = f"did you mean `{guess}`?" if guess else f"write one of {listed(known)}" if known else "remove it"
    return f"there is no key `{masked(name)}` here; {advice}"


def read_secret(value: object, info: ValidationInfo) -> Secret:
    """What `env:NAME` or `file:PATH` stands for. Raises ValueError with what to write."""
    if isinstance(value, Secret):
        return value
    kind, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    surroundings = info.context
    if kind not in ("env", "file") or not name or not isinstance(surroundings, Surroundings):
        raise ValueError(REFERENCE)
    text = _from_environment(name, surroundings) if kind == "env" else _from_file(name, surroundings)
    if not text:
        raise ValueError(f"{kind}:{masked(name) if kind == 'file' else name} is empty")
    return Secret(text)


def _from_environment(name: str, surroundings: Surroundings) -> str:
    if not _VARIABLE.fullmatch(name):  # nor is it quoted: it may be the secret itself
        raise ValueError(REFERENCE)
    if name not in surroundings.environment:
        raise ValueError(f"the environment has no {name}; set it, or correct its name")
    return surroundings.environment[name].strip()


def _from_file(name: str, surroundings: Surroundings) -> str:
    try:
        return (surroundings.folder / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the file {masked(name)} cannot be read ({type(error).__name__})") from error


def _address(value: object) -> object:
    return http_address(value) if isinstance(value, str) else value


def _token(value: object, info: ValidationInfo) -> Secret:
    return token(read_secret(value, info).reveal())


SecretText = Annotated[InstanceOf[Secret], BeforeValidator(read_secret)]
TokenText = Annotated[InstanceOf[Secret], BeforeValidator(_token)]  # one that goes into a header
Address = Annotated[str, BeforeValidator(_address)]


class Adapter(Protocol):
    """What an adapter of either side says of itself."""

    Options: ClassVar[type[BaseModel]]


A = TypeVar("A", bound=Adapter)


def adapters(known: Mapping[str, type[A]], sections: Mapping[str, Section]) -> dict[str, tuple[type[A], Any]]:
    """The adapter that each account names, and what it is told. Raises SettingsError with every fault of all."""
    found: dict[str, tuple[type[A], Any]] = {}
    faults: list[str] = []
    for account, section in sections.items():
        adapter = known.get(section.provider)
        if adapter is None:
            guess = closest(section.provider, known)
            advice = f"did you mean `{guess}`?" if guess else f"write one of {listed(known)}"
            faults.append(
                f"{section.where(('provider',))}: there is no adapter for `{masked(section.provider)}`; {advice}"
            )
            continue
        try:
            found[account] = adapter, section.read(adapter.Options)
        except SettingsError as error:
            faults += error.faults
    if faults:
        raise SettingsError(faults)
    return found
