"""Who may import whom: bot → worker → rules, and each room its own outside world."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
ROOMS: Final = ("bot", "worker", "rules")
FORBIDDEN: Final = {
    "rules": {
        "bot",
        "worker",
        "redis",
        "rq",
        "httpx",
        "aiohttp",
        "starlette",
        "uvicorn",
        "logging",
        "structlog",
        "time",
        "random",
    },
    "worker": {"bot", "starlette", "uvicorn", "jinja2"},
    "bot": {"rq", "redis", "httpx", "aiohttp"},
}
ALLOWED: Final = {"bot/sandbox": {"httpx", "aiohttp"}}
NAMES: Final = {"utils", "helpers", "common", "manager", "core"}


def modules(room: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / room).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offences(room: str) -> list[str]:
    found = []
    for path, tree in modules(room):
        allowed = next((names for part, names in ALLOWED.items() if path.is_relative_to(ROOT / part)), set())
        wrong = {name.split(".")[0] for name in imports(tree)} & FORBIDDEN[room] - allowed
        found += [f"{path.relative_to(ROOT)} imports {name}" for name in sorted(wrong)]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_knows_what_is_not_its_business(room: str) -> None:
    assert offences(room) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_import_of_ours_hides_in_a_function(room: str) -> None:
    """But for commands whose libraries a deployment does without: `with extra(...)` or `try` around it says so."""
    found = []
    for path, tree in modules(room):
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden = [name for name in imports(function) if name.split(".")[0] in ROOMS]
                found += [f"{path.relative_to(ROOT)}: {name}" for name in hidden if path.parts[-2] != "commands"]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_is_named_for_nothing(room: str) -> None:
    assert not {path.stem for path, _ in modules(room)} & NAMES


def test_one_module_of_the_rules_opens_files() -> None:
    opening = {
        path.name
        for path, tree in modules("rules")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "open")
        or (isinstance(node, ast.Attribute) and node.attr in {"open", "read_text", "read_bytes"})
    }
    assert len(opening) == 1, opening


IMPORT_ALL: Final = """
import importlib, os, socket, sys
from pathlib import Path
def forbidden(*_): raise AssertionError("a socket at import")
socket.socket.connect = forbidden
os.environ.clear()
for room in ("bot", "worker", "rules"):
    for path in sorted(Path(room).rglob("*.py")):
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            importlib.import_module(name)
"""


def test_importing_does_no_work() -> None:
    """With an empty environment and no sockets every module can be imported, and says nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
