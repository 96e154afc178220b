"""What README and deploy/ say is so."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Final

import click
import pytest
import yaml
from click.testing import CliRunner

from bot import __version__
from bot.commands import COMMANDS, main
from bot.inbound.providers import open_inbound
from rules import BookError, parse
from tests.conformance.channel import SECRET
from tests.conformance.subjects import SUBJECTS
from tests.test_settings import PEM
from worker.account_file import read_accounts
from worker.outbound.channel import CODES
from worker.outbound.providers import read_reply
from worker.secret import Secret
from worker.settings import PREFIX, SETTINGS, Role

ROOT: Final = Path(__file__).parent.parent
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
DEPLOY: Final = ROOT / "deploy"
NAMES: Final = [PREFIX + setting.name for setting in SETTINGS]
WHO: Final = {
    Role.BOTH: "all",
    Role.RECEIVER: "receiver",
    Role.WORKER: "worker",
    Role.DASHBOARD: "dashboard",
    Role.WORKER | Role.DASHBOARD: "worker, dashboard",
}


UNITS: Final = ("autoreply-receiver.service", "autoreply-worker.service", "autoreply-dashboard.service")
PAGES: Final = ("accounts.md", "adapters.md")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def page(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


# The book and the commands


def test_the_readmes_book_is_a_short_book() -> None:
    (book,) = blocks("yaml")
    assert [rule.name for rule in parse(book.encode(), "book.yaml").rules] == ["opt-out", "refund", "human", "rest"]
    assert book.count("\n") <= 16


def test_the_readmes_commands_print_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book.yaml").write_text(blocks("yaml")[0])
    (session,) = [block for block in blocks("console") if "rules try" in block]
    for command, *expected in re.findall(r"^\$ autoreply (.*)\n((?:(?!\$).*\n)*)", session, re.MULTILINE):
        printed = CliRunner().invoke(main, shlex.split(command)).output
        for line in "".join(expected).splitlines():
            assert line == "..." or line in printed.splitlines()


def test_the_readmes_fault_is_the_one_that_is_told() -> None:
    (fault,) = [block.strip() for block in blocks("") if "unknown key" in block]
    with pytest.raises(BookError) as caught:
        parse(blocks("yaml")[0].replace("any: [refund", "keyword: [refund").encode(), "book.yaml")
    assert fault in [str(each) for each in caught.value.faults]


def test_every_command_that_the_readme_names_exists() -> None:
    for name in set(re.findall(r"autoreply ([a-z]+(?:-[a-z]+)*)", README)):
        assert name in COMMANDS, name
    for target in re.findall(r"make ([a-z]+)", README):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


def test_ci_runs_what_the_readme_says_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "set -eu",
        'cd "$(dirname "$0")/.."',
        "exec make test",
    ]


def test_the_map_names_every_folder_and_every_file_that_it_names_exists() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert set(re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE)) == folders
    for path in re.findall(r"`((?:bot|rules|worker|tests|deploy)/[\w/.]+)`", README):
        assert (ROOT / path).exists(), path


# Settings: the table, env.example and the code are one


def test_the_readmes_table_is_the_settings() -> None:
    rows = re.findall(r"^\| `(AUTOREPLY_\w+)` \| (?:`(.+?)`)? ?\| ([\w, ]+) \| (.+) \|$", README, re.MULTILINE)
    assert [(name, default, who, "secret" in what) for name, default, who, what in rows] == [
        (PREFIX + s.name, s.default or "", WHO[s.roles], s.secret) for s in SETTINGS
    ]


def test_env_example_has_every_setting_once_with_its_default_and_a_reason() -> None:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    places = {name: index for index, line in enumerate(lines) for name in re.findall(r"^#?(AUTOREPLY_\w+)=", line)}
    assert list(places) == NAMES
    for setting in SETTINGS:
        place = places[PREFIX + setting.name]
        assert lines[place - 1].startswith("# ")
        if setting.default is not None:
            assert lines[place] == f"#{PREFIX}{setting.name}={setting.default}"


def environment(text: str) -> dict[str, str]:
    """A value for each variable that an accounts file names, of the form that its name speaks of."""

    def value(name: str) -> str:
        return PEM if "KEYS" in name else SECRET if "SECRET" in name else "token"

    return {name: value(name) for name in re.findall(r"env:(\w+)", text)}


ENTRIES: Final = [
    pytest.param(text, id=f"{name} {n}") for name in PAGES for n, text in enumerate(blocks("yaml", page(name)))
]


@pytest.mark.parametrize("text", ENTRIES)
def test_each_entry_of_an_accounts_file_that_a_page_shows_is_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "accounts.yaml").write_text("accounts:\n" + textwrap.indent(text, "  "))
    accounts = read_accounts(tmp_path / "accounts.yaml", environment(text), Path("book.yaml"))
    assert list(open_inbound(accounts, "https://bot.example.com")) == list(read_reply(accounts)) != []


def test_check_has_nothing_to_say_against_the_accounts_file_to_copy(tmp_path: Path, redis_url: Secret) -> None:
    text = page("accounts.yaml")
    (tmp_path / "accounts.yaml").write_text(text)
    (tmp_path / "support.yaml").write_bytes((ROOT / "rules" / "books" / "support.yaml").read_bytes())
    ours = {name: "" for name in os.environ if name.startswith(PREFIX)}
    said = {"AUTOREPLY_ACCOUNTS": str(tmp_path / "accounts.yaml"), "AUTOREPLY_REDIS_URL": redis_url.reveal()}
    checked = CliRunner().invoke(main, ["check"], env=ours | said | environment(text))
    assert checked.exit_code == 0, checked.output
    assert "settings complete" in checked.output
    assert "support.yaml" in checked.output
    refused = CliRunner().invoke(main, ["check"], env=ours | said | environment(text) | {"DESK_SECRETS": "token"})
    assert refused.exit_code == 1
    assert re.findall(r"accounts.yaml:(\d+):\d+: `secrets`", refused.output) == ["35", "42"]


def test_env_example_holds_no_secret_that_works() -> None:
    for line in (DEPLOY / "env.example").read_text().splitlines():
        if re.match(r"AUTOREPLY_\w*(TOKEN|KEYS)\w*=", line):
            assert line.endswith("=")


# The pages of deploy/


def test_the_contract_of_a_channel_of_ones_own_is_shown_as_it_is_tested() -> None:
    (section,) = re.findall(r"^## Standard Webhooks .*?(?=^## |\Z)", page("accounts.md"), re.DOTALL | re.MULTILINE)
    shown = [json.loads(block) for block in blocks("json", section)]
    kept = [json.loads(path.read_bytes()) for path in (ROOT / "tests/conformance/documents/webhook").glob("*.json")]
    assert sorted(map(str, shown)) == sorted(map(str, kept))
    table = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    assert [code for row in table for code in re.findall(r"`(\w+)`", row)] == list(CODES)


def test_the_code_of_the_guide_to_adapters_is_that_of_the_adapter() -> None:
    """Each block word by word, but for what a line of `...` leaves out."""
    sources = [(ROOT / room / "channel.py").read_text() for room in ("bot/inbound", "worker/outbound")]
    shown = blocks("python", page("adapters.md"))
    assert len(shown) >= 4
    for block in shown:
        parts = re.split(r"^ *\.\.\.\n", block, flags=re.MULTILINE)
        assert any(all(part in source for part in parts) for source in sources), block


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_names_exists(name: str) -> None:
    for path in re.findall(r"`((?:bot|rules|worker|tests|deploy)/[\w/.]+)`", page(name)):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(([\w/.]+)\)", page(name)):
        assert (DEPLOY / path).exists(), path


def test_the_guides_definition_of_done_asks_something() -> None:
    (session,) = blocks("console", page("adapters.md"))
    (name,) = re.findall(r"^\$ pytest tests/conformance -k (\w+)$", session, re.MULTILINE)
    assert name in {subject.provider for subject in SUBJECTS}


# What an operator copies


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "accounts.yaml", *UNITS])
def test_each_line_of_a_deployment_file_has_its_reason(name: str) -> None:
    """The line above it is a comment. Structure needs none: a section, the key of a mapping, an item of a list."""
    structure = re.compile(r"\[\w+\]|[\w-]+:|- .*")
    before = ""
    for line in map(str.strip, (DEPLOY / name).read_text().splitlines()):
        if line and not line.startswith("#") and not structure.fullmatch(line):
            assert before.startswith("#"), line
        before = line


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_exists_and_stops_it_gently(name: str) -> None:
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / name)
    service = unit["Service"]
    program, command, *options = shlex.split(service["ExecStart"])
    assert Path(program).name == "autoreply"
    called = main.get_command(click.Context(main), command)
    assert called is not None
    known = {option for parameter in called.params for option in parameter.opts}
    assert {option for option in options if option.startswith("-")} <= known
    assert (service["Restart"], service["KillMode"], service["NoNewPrivileges"]) == ("always", "mixed", "yes")
    assert int(service["TimeoutStopSec"]) > {"serve": 10, "work": 25, "dashboard": 3}[command]


def test_a_reload_of_the_workers_unit_is_the_hangup_that_makes_them_look_at_their_book() -> None:
    unit = (DEPLOY / "autoreply-worker.service").read_text()
    assert re.findall(r"^ExecReload=(.*)$", unit, re.MULTILINE) == ["/bin/kill -HUP $MAINPID"]


def test_compose_mounts_the_books_folder_since_a_file_that_is_replaced_would_not_be_seen() -> None:
    worker = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["worker"]
    (mount,) = worker["volumes"]
    assert Path(worker["environment"]["AUTOREPLY_BOOK"]).parent == Path(mount.split(":")[1])


def test_compose_runs_a_server_that_keeps_what_it_is_given_and_commands_that_exist() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    server = " ".join(services["redis"]["command"])
    assert "--appendonly yes" in server
    assert "--maxmemory-policy noeviction" in server
    assert "ports" not in services["redis"]
    for name in ("receiver", "worker", "dashboard"):
        command, *_ = services[name]["command"]
        assert command in COMMANDS
        assert services[name]["restart"] == "always"
        assert set(services[name]["environment"]) <= set(NAMES)


def test_the_image_runs_as_nobody_in_particular_and_is_given_no_more_than_it_needs() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert "USER autoreply" in lines
    assert 'ENTRYPOINT ["autoreply"]' in lines
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    assert copied == allowed


def test_every_fault_has_its_line_and_every_test_that_a_line_names_exists() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", (DEPLOY / "FAULTS.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 50))
    for number, proof in rows:
        named = re.findall(r"`(\w+)::(test_\w+)`", proof)
        assert named or proof.startswith("not made here: "), number
        for file, test in named:
            text = (ROOT / "tests" / f"test_{file}.py").read_text()
            assert re.search(rf"^(async )?def {test}\(", text, re.MULTILINE), f"{number}: {file}::{test}"


def test_the_wheel_holds_what_the_packages_read(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    data = {
        str(p.relative_to(ROOT)) for room in ("bot", "rules", "worker") for p in (ROOT / room).rglob("*") if p.is_file()
    }
    assert {name for name in data if "__pycache__" not in name} <= held
    assert not [name for name in held if name.startswith(("tests", "deploy"))]


def test_the_changelog_begins_with_this_version_or_what_comes_after_it() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased" or headings[0].startswith(__version__)
