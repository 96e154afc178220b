"""The bytes of a file as text, or the place of the first one that no text has."""

from __future__ import annotations

import re
import unicodedata

from rules.faults import Findings, Place

LARGEST_FILE = 5_000_000  # bytes
FILLER = "\ufdd0"  # a code point that is no character: stands in the place of what has become shorter

FORBIDDEN = re.compile(  # in a text
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_IN_FILE = re.compile(FORBIDDEN.pattern[:-1] + "\x85\u2028\u2029]")  # the last three break lines in YAML 1.1 alone
_ODD_SPACE = re.compile(r" *([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000])\s*(?:- |[\w-][\w -]{0,60}:(?:\s|$))")
_BREAK = re.compile("\r\n|\r|\n")
_DIRECTIVE = re.compile(r"^%(?!YAML 1\.)[^\r\n]{0,40}", re.MULTILINE)

# As JSON escapes what is beyond U+FFFF, after an even number of backslashes. YAML knows \U0001F381 alone.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_PAIR_LENGTH = len(r"\ud83c\udf81")


def decode(data: bytes, findings: Findings) -> str:
    """The text of the file, in which JSON's pairs of escapes have become characters, followed by `FILLER` so that
    every place remains what it was.

    Raises `BookError` where it is too large, no UTF-8, or has a control character or a directive.
    """
    if len(data) > LARGEST_FILE:
        findings.stop(Place(), f"the file is larger than {LARGEST_FILE // 1_000_000} MB", "split the book")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        findings.stop(Place(), "the file is in UTF-16 or UTF-32", 'save it as UTF-8; Windows also calls it "Unicode"')
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_after(error.object[: error.start].decode("utf-8", "replace").removeprefix("\ufeff"))
        findings.stop(place, f"byte 0x{error.object[error.start]:02x} is not UTF-8", "save the file as UTF-8")
    if (match := _IN_FILE.search(text)) is not None:
        findings.stop(_place_after(text[: match.start()]), control(match[0]), _instead_of(match[0]))
    if "%" in text and (match := _DIRECTIVE.search(text)) is not None:  # libyaml takes minutes for many %TAG
        findings.stop(_place_after(text[: match.start()]), f"`{match[0]}` is a directive", "remove the line")
    return _PAIR.sub(_joined, text) if r"\u" in text else text


def is_blank(text: str) -> bool:
    """Whether nobody would see it: spaces, and characters of no width."""
    return not text.strip() or (
        not text.isascii() and all(each.isspace() or unicodedata.category(each) == "Cf" for each in text)
    )


def control(character: str) -> str:
    """What a message calls such a character."""
    kind = "line separator" if character in "\x85\u2028\u2029" else "control character"
    return f"{kind} U+{ord(character):04X}"


def odd_space(line: str) -> tuple[int, str, str] | None:
    """The column, the problem and the advice, where a line with a dash or a key begins with what is no YAML space."""
    match = _ODD_SPACE.match(line)
    if match is None:
        return None
    problem = f"U+{ord(match[1]):04X}, {unicodedata.name(match[1]).lower()}, stands where YAML wants spaces"
    return match.start(1) + 1, problem, "replace it by ordinary spaces"


def _instead_of(character: str) -> str:
    if character == "\0":
        return "remove it, or save the file as UTF-8"
    return "begin a new line instead" if character in "\x85\u2028\u2029" else "remove it"


def _joined(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00) + FILLER * (_PAIR_LENGTH - 1)


def _place_after(text: str) -> Place:
    breaks = [match.end() for match in _BREAK.finditer(text)]
    return Place(len(breaks) + 1, len(text) - (breaks[-1] if breaks else 0) + 1)
