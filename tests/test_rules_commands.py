"""`autoreply rules check`, `try` and `test`, as people and scripts use them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from bot.commands.rules import rules
from worker.bookwork.trial import read_time

BOOK = """version: 1
rules:
- name: refund
  when: {any: [refund]}
  reply: [What is the order number?, Which order is it?]
  then: {hand_off: 4h}
  examples: {matches: refund}
- name: quiet
  when: {exact: [bye]}
  then: opt_out
  examples: {matches: bye, ignores: goodbye}
- {name: rest, when: anything, reply: Write "refund"., mode: live, examples: {matches: hm}}
"""
HOURS = r"""version: 1
timezone: Europe/Paris
hours: {shop: {mon-fri: 09:00-17:00}}
rules:
- {name: later, mode: shadow, when: {any: [open]}, reply: Soon.}
- {name: vip, when: {tagged: vip, from: '+336'}, reply: Hello again.}
- {name: back, when: {first_message: false}, reply: Back.}
- {name: order, when: {pattern: 'order (?P<number>\d+)'}, reply: 'Order {number}.'}
- {name: closed, when: {outside: shop}, reply: We are closed.}
- {name: open, when: {during: shop}, reply: We are open.}
"""
FAILING = """version: 1
rules:
- name: refund
  when: {any: [refund, "<&\\u2028>"]}
  reply: a
  examples: {matches: [refund, money], ignores: [a refund], known_misses: [refund, cash]}
- {name: rest, when: anything, reply: b}
- {name: closed, when: {first_message: true}, reply: b, examples: {known_misses: x}}
"""

PICTURES = """version: 1
rules:
- name: photo
  when: {media: image}
  reply: Thanks for the picture!
  examples: {matches: [{media: image, text: look}, {media: image}], ignores: look}
- {name: rest, when: anything, reply: Hello.}
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A good book."""
    return written(tmp_path / "shop.yaml", BOOK)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A book with two faults."""
    return written(tmp_path / "bad.yaml", "version: 2\nrules:\n- {name: a, when: {keyword: b}, reply: c}\n")


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A book with a warning."""
    return written(tmp_path / "doubtful.yaml", BOOK.replace("exact: [bye]", "exact: [bye, refund]"))


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """A book that asks for the hour, the sender and the conversation."""
    return written(tmp_path / "hours.yaml", HOURS)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A book that asks for media."""
    return written(tmp_path / "pictures.yaml", PICTURES)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A book with examples that fail."""
    return written(tmp_path / "failing.yaml", FAILING)


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """The command's result."""
    return CliRunner().invoke(rules, [str(argument) for argument in arguments], input=stdin)


def process(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "bot", "rules", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)


# check


def test_a_good_book_is_one_line(book: Path) -> None:
    result = run("check", book)
    assert (result.exit_code, result.output) == (0, f"{book}: 3 rules, 4 examples, no faults\n")


def test_each_fault_is_a_line_and_the_good_book_is_still_told(book: Path, bad: Path) -> None:
    result = run("check", bad, book)
    assert result.exit_code == 1
    assert result.stdout == f"{book}: 3 rules, 4 examples, no faults\n"
    assert result.stderr.splitlines() == [
        f"{bad}:1:10: this version of the language is not known; write `version: 1`",
        f'{bad}:3:20: rule "a": unknown key `keyword`; did you mean `any`?',
    ]


def test_a_warning_has_its_place_and_its_proof_and_is_counted(doubtful: Path) -> None:
    result = run("check", doubtful)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f'{doubtful}:3: warning: rule "refund": it answers "refund" before rule "quiet" (line 8) can opt out;'
        f' "refund" is'
        ' answered by rule "refund"',
    ]
    assert result.stdout == f"{doubtful}: 3 rules, 4 examples, no faults, 1 warning\n"


def test_a_warning_fails_only_a_strict_check(book: Path, doubtful: Path) -> None:
    assert run("check", "--strict", book).exit_code == 0
    assert run("check", book, doubtful).exit_code == 0
    assert run("check", "--strict", book, doubtful).exit_code == 1
    assert run("check", "--strict", "--json", doubtful).exit_code == 1


def test_faults_and_warnings_for_a_machine(book: Path, bad: Path, doubtful: Path) -> None:
    result = run("check", "--json", book, bad, doubtful)
    assert result.exit_code == 1
    good, broken, warned = json.loads(result.stdout)
    assert good == {"book": str(book), "rules": 3, "examples": 4, "faults": [], "warnings": []}
    assert list(broken) == list(good)
    assert {**broken, "faults": []} == {"book": str(bad), "rules": 0, "examples": 0, "faults": [], "warnings": []}
    assert broken["faults"][1] == {
        "file": str(bad),
        "line": 3,
        "column": 20,
        "rule": "a",
        "problem": "unknown key `keyword`",
        "advice": "did you mean `any`?",
    }
    assert warned["warnings"] == [
        {
            "line": 3,
            "rule": "refund",
            "kind": "opt-out-taken",
            "problem": 'it answers "refund" before rule "quiet" (line 8) can opt out',
            "proof": '"refund" is answered by rule "refund"',
            "message": "refund",
        }
    ]


# what is no book


@pytest.mark.parametrize("command", ["check", "try", "test"])
def test_what_is_no_file_is_a_mistake_of_usage(command: str, tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.yaml", "does not exist"), (tmp_path, "is a directory")):
        result = run(command, path)
        assert result.exit_code == 2
        assert said in result.stderr
    assert run(command).exit_code == 2


@pytest.mark.parametrize("command", [("check",), ("try",), ("test",), ("try", "--json"), ("check", "--json")])
@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe", b"[", b"x" * 6_000_000])
def test_what_is_no_book_is_told_without_a_traceback(command: tuple[str, ...], data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes(data)
    result = run(*command, path)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "--json" in command or result.stderr.startswith(f"{path}:")


def test_a_name_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.yaml"))
    path.write_text(BOOK)
    for command in (["check"], ["check", "--json"], ["test", "--junit", tmp_path / "out.xml"], ["test", "--json"]):
        done = process(*command, path)
        assert (done.returncode, done.stderr) == (0, b""), command
        assert b"\x1b" not in done.stdout
    ET.parse(tmp_path / "out.xml")  # noqa: S314  our own


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_every_encoding_will_do(encoding: str, tmp_path: Path) -> None:
    text = FAILING.replace("name: refund", "name: 返金 é").replace("reply: b", "reply: 🎁 é")
    path = written(
        tmp_path / "é.yaml", text.replace("matches: [refund, money]", "matches: refund").replace("[a refund]", "[x]")
    )
    options = {"PYTHONIOENCODING": encoding, "COLUMNS": "20"}
    for command, *more in (["check"], ["test"], ["try", "é 🎁"]):
        done = process(command, path, *more, **options)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        done = process(command, "--json", path, *more, **options)
        assert "é" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


# try


def test_a_try_shows_the_reply_and_why(book: Path) -> None:
    result = run("try", book, "my Refnud [bold]")
    assert result.exit_code == 0
    reply, blank, *rest = result.output.splitlines()
    assert reply in ("What is the order number?", "Which order is it?")
    assert not blank
    assert rest == [
        "rule     refund",
        'because  any: "refund" from "Refnud"',
        "words    Refnud",
        'then     {"hand_off": "4h"}',
        "",
        'refund  answers      any: "refund" from "Refnud"',
        'quiet   not reached  "refund" above it answers',
        'rest    not reached  "refund" above it answers',
        "",
    ]


def test_the_same_text_gets_the_same_variant(book: Path) -> None:
    assert run("try", book, "refund").output == run("try", book, "refund").output


def test_silence_is_said_and_no_mistake(book: Path) -> None:
    written(book, BOOK.replace("{name: rest", "{name: rest, only_for: ['+12025550123']"))
    result = run("try", book, "hello")
    assert result.exit_code == 0
    assert result.output.startswith("(silence: no rule answers)\n")
    assert run("try", book, "bye").output.startswith("(silence: the rule has no reply)\n")


def test_a_decision_for_a_machine(book: Path) -> None:
    result = run("try", book, "REFUND", "--json")
    decision = json.loads(result.stdout)
    assert list(decision) == ["rule", "reply", "matched", "actions", "placeholders", "trace"]
    assert decision["matched"] == {"phrase": "refund", "words": ["REFUND"]}
    assert decision["actions"] == [{"hand_off": "4h"}]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (["--at", "2026-03-02T10:00"], "open"),
        (["--at", "2026-03-02 08:30Z"], "open"),
        (["--at", "2026-03-02T16:30+00:00"], "closed"),
        (["--at", "mon 09:00"], "open"),
        (["--at", "Sunday 9:00"], "closed"),
        (["--at", "2026-03-01"], "closed"),
        (["--at", "mon 24:00"], "closed"),
        (["--not-first"], "back"),
        (["--tag", "a", "--tag", "vip", "--from", "336 12 34"], "vip"),
        (["--tag", "vip", "--from", "+49"], None),
        (["--at", "2026-03-02T10:00", "--first"], "open"),
    ],
)
def test_the_circumstances_can_be_chosen(options: list[str], rule: str | None, hours: Path) -> None:
    decided = json.loads(run("try", hours, "hm", "--json", *options).stdout)["rule"]
    assert decided in (("open", "closed") if rule is None else (rule,))


def test_media_can_be_tried_with_words_and_without(pictures: Path) -> None:
    def rule(*options: str) -> str:
        return str(json.loads(run("try", pictures, *options, "--json").stdout)["rule"])

    assert rule("look", "--media", "image") == "photo"
    assert rule("--media", "image") == "photo"
    assert rule("--media", "audio") == "rest"
    assert rule("look") == "rest"
    assert "because  media: image" in run("try", pictures, "--media", "image").output.splitlines()
    assert run("try", pictures, "--media", "photo").exit_code == 2


def test_at_the_prompt_media_is_chosen_until_it_is_chosen_otherwise(pictures: Path) -> None:
    result = run("try", pictures, "--json", stdin=":media image\nlook\n:media photo\nlook\n:media\nlook\n")
    assert [json.loads(line)["rule"] for line in result.stdout.splitlines()] == ["photo", "photo", "rest"]
    assert result.stderr.splitlines() == [
        "at now, from try, the first message, with media: image",
        "'photo' is no kind of media; did you mean `image`?",
        "at now, from try, the first message",
    ]


def test_an_example_with_media_is_shown_as_the_book_has_it(pictures: Path, tmp_path: Path) -> None:
    shown = run("test", pictures, "--junit", tmp_path / "junit.xml").output
    assert re.search(r"matches +\{media: image, text: look\} ", shown)
    assert 'name="matches: {media: image}"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    (tested,) = json.loads(run("test", pictures, "--json").stdout)
    assert [(each["text"], each.get("media")) for each in tested["results"]] == [
        ("look", "image"),
        ("", "image"),
        ("look", None),
    ]


def test_a_warning_names_the_media_of_the_message_that_shows_it(tmp_path: Path) -> None:
    rules = "- {name: all, when: anything, reply: a}\n- {name: photo, when: {media: image}, reply: b}\n"
    (checked,) = json.loads(run("check", written(tmp_path / "b.yaml", f"version: 1\nrules:\n{rules}"), "--json").stdout)
    (doubt,) = (each for each in checked["warnings"] if each["kind"] == "after-anything")
    assert (doubt["message"], doubt["media"]) == ("", "image")
    assert all("media" not in each for each in checked["warnings"] if each is not doubt)


def test_placeholders_shadows_and_the_time_are_shown(hours: Path) -> None:
    shown = run("try", hours, "order 12, are you open?", "--at", "2026-12-24T18:00").output.splitlines()
    assert shown[:8] == [
        "Order 12.",
        "",
        "at       Thu 2026-12-24 18:00 Europe/Paris",
        "rule     order",
        'because  pattern: found "order 12"',
        "words    order 12",
        "value    {number} = 12",
        "shadow   later: Soon.",
    ]


@pytest.mark.parametrize(
    "time",
    [
        "noon",
        "25:00",
        "24:01",
        "9999-12-31T24:00",
        "mon",
        "2026-02-30",
        "",
        "1900-01-01",
        "9999-12-31T23:59",
        "foo 09:00",
        "mongolia 09:00",
        "sundae 09:00",
        "tues 09:00",
        "\u017fun 09:00",
    ],
)
def test_a_time_that_is_none_says_what_to_write(time: str, hours: Path) -> None:
    result = run("try", hours, "hm", "--at", time)
    assert result.exit_code == 2
    assert "; write " in result.stderr


def test_a_weekday_is_the_next_one_in_the_zone_of_the_book() -> None:
    for zone in (UTC, ZoneInfo("Pacific/Auckland"), ZoneInfo("Pacific/Honolulu")):
        read = read_time("wed 09:30", zone)
        assert (read.weekday(), read.hour, read.minute, read.tzinfo) == (2, 9, 30, zone)
        assert 0 <= (read.date() - datetime.now(zone).date()).days < 8
    midnight = read_time("wed 24:00", UTC)
    assert (midnight.weekday(), midnight.hour) == (3, 0)
    assert read_time("24:00", UTC).date() == datetime.now(UTC).date() + timedelta(days=1)
    assert read_time("2026-12-31T24:00+02:00", None) == datetime(2026, 12, 31, 22, tzinfo=UTC)
    assert read_time("2026-12-31 24:00", None) == datetime(2027, 1, 1, tzinfo=UTC)
    assert read_time("2026-03-02 09:00", None) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_long_trace_shows_what_the_message_comes_near(tmp_path: Path) -> None:
    many = "".join(f"- {{name: r{n}, when: {{any: [word{n}x, both], none: [not]}}, reply: a}}\n" for n in range(100))
    path = written(tmp_path / "many.yaml", f"version: 1\nrules:\n{many}- {{name: end, when: anything, reply: z}}\n")
    shown = run("try", path, "word7x not").output.splitlines()
    assert shown[5:] == [
        'r7   no           none: "not" occurs',
        "end  answers      anything",
        "and 99 rules of which nothing occurs; --all shows them",
        "",
    ]
    assert len(run("try", path, "word7x not", "--all").output.splitlines()) == 5 + 101 + 1
    assert len(json.loads(run("try", path, "word7x not", "--json").stdout)["trace"]) == 101


def test_without_a_text_each_line_is_a_message(book: Path) -> None:
    result = run("try", book, "--json", stdin="refund\n\n:)\nhello\n")
    assert [json.loads(line)["rule"] for line in result.stdout.splitlines()] == ["refund", "rest", "rest"]


def test_what_follows_a_colon_changes_the_circumstances(hours: Path) -> None:
    changes = ":tag vip", ":from +336", "hm", ":untag vip", ":not-first", "hm", ":first", ":at 2026-03-02 10:00", "hm"
    typed = "\n".join([*changes, ":at never", ":at", ":from", ":x", ""])
    result = run("try", hours, "--json", stdin=typed)
    assert result.exit_code == 0
    assert [json.loads(line)["rule"] for line in result.stdout.splitlines()] == ["vip", "back", "open"]
    told = result.stderr.splitlines()
    assert told[1] == "at now, from +336, the first message, tagged vip"
    assert "at Mon 2026-03-02 10:00 Europe/Paris, from +336, the first message" in told
    assert "'never' is no time; write one such as" in result.stderr
    assert result.stderr.count("Ctrl-D ends") == 2


def test_what_is_piped_in_may_be_any_bytes(book: Path) -> None:
    result = run("try", book, "--json", stdin=b"\xff\xfe refund \x1b\n\0\n")
    assert [json.loads(line)["rule"] for line in result.stdout.splitlines()] == ["refund", "rest"]
    assert "\x1b" not in run("try", book, "refund\x1b[31m").output


def test_in_a_terminal_there_is_a_prompt_and_colour_and_the_end_of_the_input_ends_it(book: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "bot", "rules", "try", str(book)]
    environment = os.environ | {"TERM": "xterm", "PYTHONUTF8": "1"}
    environment.pop("NO_COLOR", None)
    started = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    try:
        seen = read_until(leader, b"> $")
        os.write(leader, b"refnud\n")
        seen += read_until(leader, rb"above it answers(?s:.*)> $")
        os.write(leader, b"\x04")
        assert started.wait(20) == 0
    finally:
        started.kill()
        started.wait()
        os.close(leader)
    assert b"\x1b[1;32mrefund  answers" in seen
    assert 'any: "refund" from "refnud"' in re.sub(r"\x1b\[[\d;]*m", "", seen.decode())


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows, until it is as wanted."""
    seen = b""
    while not re.search(wanted, seen):
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 4096)
    return seen


def test_a_book_with_faults_is_not_tried(bad: Path) -> None:
    result = run("try", bad, "b")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 2


def test_the_faults_of_a_book_that_is_not_tried_are_one_document_for_a_machine(bad: Path) -> None:
    result = run("try", bad, "b", "--json")
    (checked,) = json.loads(run("check", bad, "--json").stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == {"book": str(bad), "faults": checked["faults"]}


# schema


def test_the_schema_is_json_with_and_without_the_flag_and_in_every_encoding() -> None:
    plain = run("schema")
    assert json.loads(plain.stdout)["title"]
    assert run("schema", "--json").output == plain.output
    assert json.loads(process("schema", PYTHONIOENCODING="ascii").stdout) == json.loads(plain.stdout)


# closed streams


@pytest.mark.parametrize("stream", ["<&-", ">&-", "<&- >&-"])
@pytest.mark.parametrize(
    "command",
    ["check {}", "check {} --json", "try {}", "try {} --json", "try {} hm", "test {}", "test {} --json", "schema"],
)
def test_a_stream_that_is_closed_does_no_harm(command: str, stream: str, book: Path) -> None:
    line = f"{sys.executable} -m bot rules {command.format(book)} {stream}"
    done = subprocess.run(line, shell=True, capture_output=True, check=False, input=b"refund\n")  # noqa: S602  our own
    assert (done.returncode, done.stderr) == (0, b"")


# test


def without_times(text: str) -> list[str]:
    return re.sub(r"\d+(\.\d)? ms", "0 ms", text).splitlines()


def test_every_example_is_shown_by_rule_with_what_happened(failing: Path) -> None:
    result = run("test", failing)
    assert result.exit_code == 1
    assert without_times(result.stdout) == [
        "refund",
        "  ✓ matches       refund  0 ms",
        "  ✗ matches       money  0 ms",
        f'      {failing}:6:32: this rule should answer "money", but rule "rest" takes it by anything; change the'
        f" phrases or the"
        " order of the rules, or move the example to `known_misses`",
        "  ✗ ignores       a refund  0 ms",
        f'      {failing}:6:50: this rule should ignore "a refund", but answers it by any: "refund"; change the'
        f" phrases, or add"
        " one to `none`",
        "  ✓ known miss    refund  0 ms",
        f"      {failing}:6:76: it now matches: move it to `matches`",
        "  · known miss    cash  0 ms",
        "closed",
        "  · known miss    x  0 ms",
        f"{failing}: 3 rules, 6 examples: 1 passed, 2 failed, 3 known to be missed (1 now matching) in 0 ms",
    ]


def test_examples_that_hold_are_no_failure_and_faults_are_one(book: Path, bad: Path) -> None:
    assert run("test", book).exit_code == 0
    result = run("test", book, bad)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        f"{bad}:1:10: this version of the language is not known; write `version: 1`"
    )
    assert f"{book}: 3 rules, 4 examples: 4 passed, 0 failed in" in result.stdout


def test_coverage_lists_what_lacks_examples(book: Path) -> None:
    written(book, BOOK.replace(", examples: {matches: hm}", ""))
    result = run("test", book, "--coverage")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-4:-1] == [
        "not covered  refund: no `ignores`",
        "not covered  rest: no `matches`",
        "coverage     33 %: 1 of 3 rules",
    ]


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("33", 0), ("33.4", 1), ("100", 1), ("101", 2), ("x", 2)])
def test_coverage_may_be_asked_for(least: str, code: int, book: Path) -> None:
    written(book, BOOK.replace(", examples: {matches: hm}", ""))
    assert run("test", book, "--min-coverage", least).exit_code == code


def test_a_rule_that_asks_for_no_text_is_covered_without_ignores(book: Path) -> None:
    assert "coverage     66 %: 2 of 3 rules" in run("test", book, "--coverage").stdout


def test_results_for_a_machine(failing: Path, bad: Path) -> None:
    result = run("test", failing, bad, "--json")
    assert result.exit_code == 1
    tested, broken = json.loads(result.stdout)
    assert {key: tested[key] for key in ("book", "rules", "examples", "passed", "failed", "faults")} == {
        "book": str(failing), "rules": 3, "examples": 6, "passed": 1, "failed": 2, "faults": []
    }  # fmt: skip
    assert tested["coverage"] == {"percent": 33.33, "uncovered": {"rest": ["`matches`"], "closed": ["`matches`"]}}
    assert [each["status"] for each in tested["results"]] == [
        "passed", "failed", "failed", "now matches", "missed", "missed"
    ]  # fmt: skip
    assert tested["results"][1]["winner"] == "rest"
    assert broken["faults"][0]["line"] == 1


def test_junit_has_every_example_and_every_book(failing: Path, bad: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    strange = written(
        tmp_path / "strange.yaml",
        'version: 1\nrules:\n- {name: "a <&> \\"b\\"", when: anything, reply: a, examples: {matches: ["<b> & 🎁'
        ' \\u2028"]}}\n',
    )
    assert run("test", failing, bad, strange, "--junit", out).exit_code == 1
    root = ET.parse(out).getroot()  # noqa: S314  our own
    assert root.tag == "testsuites"
    first, second, third = root
    assert {key: first.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "2", "errors": "0", "skipped": "3"
    }  # fmt: skip
    assert [[each.tag for each in case] for case in first] == [
        [], ["failure"], ["failure"], ["skipped"], ["skipped"], ["skipped"]
    ]  # fmt: skip
    assert all(float(case.attrib["time"]) >= 0 and case.attrib["classname"] for case in first)
    assert first[3][0].attrib["message"] == "it now matches: move it to `matches`"
    assert (second.attrib["errors"], second[0][0].tag) == ("1", "error")
    assert third[0].attrib["classname"] == 'a <&> "b"'
    assert third[0].attrib["name"] == "matches: <b> & 🎁 \u2028"


def test_junit_that_cannot_be_written_is_said_in_a_line(book: Path, tmp_path: Path) -> None:
    result = run("test", book, "--junit", tmp_path / "none" / "out.xml")
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr
    assert run("test", book, "--junit", tmp_path).exit_code == 2


@pytest.mark.parametrize("command", [(), ("check",), ("try",), ("test",)])
def test_help_teaches(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert not command or f"$ autoreply rules {command[0]}" in result.output
