"""Results of examples as JUnit XML, which every CI shows. The format has no standard; this is what Jenkins and GitLab
read: testsuites, a testsuite for each book, a testcase for each example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from bot.commands.rules.tested import Tested
from rules import BookError
from worker.bookwork.outcomes import Outcome


def write_junit(path: Path, results: Sequence[Tested]) -> None:
    """Write the file. Raises `OSError` where it cannot be written."""
    root = ET.Element("testsuites", name="autoreply rules test")
    for tested in results:
        root.append(_suite(tested))
    ET.indent(root)
    with path.open("wb") as file:
        ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _suite(tested: Tested) -> ET.Element:
    faults = tested.book.faults if isinstance(tested.book, BookError) else ()
    suite = ET.Element(
        "testsuite",
        name=_text(str(tested.path)),
        tests=str(len(tested.outcomes) + bool(faults)),
        failures=str(tested.count("failed")),
        errors=str(int(bool(faults))),
        skipped=str(tested.count("missed") + tested.count("now matches")),
        time=f"{tested.seconds:.6f}",
    )
    if faults:
        case = ET.SubElement(
            suite, "testcase", classname=_text(str(tested.path)), name="the book has no faults", time="0"
        )
        error = ET.SubElement(case, "error", message=_text(str(faults[0])), type="BookError")
        error.text = _text("\n".join(map(str, faults)))
    for outcome in tested.outcomes:
        suite.append(_case(tested, outcome))
    return suite


def _case(tested: Tested, outcome: Outcome) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_text(outcome.rule),
        name=_text(f"{outcome.kind}: {outcome.told}"),
        file=_text(str(tested.path)),
        line=str(outcome.line),
        time=f"{outcome.seconds:.6f}",
    )
    if outcome.status == "failed":
        failure = ET.SubElement(case, "failure", message=_text(outcome.said), type="example")
        failure.text = _text(f"{tested.path}:{outcome.line}:{outcome.column}: {outcome.said}")
    elif outcome.status != "passed":
        ET.SubElement(case, "skipped", message=_text(outcome.said or "a known miss"))
    return case


def _text(text: str) -> str:
    """With escapes for what no XML can hold: control characters, halves of characters."""
    return "".join(each if _is_xml(each) else each.encode("unicode_escape").decode() for each in text)


def _is_xml(character: str) -> bool:
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
