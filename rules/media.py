"""What a message may be besides text, and how a message with it is said."""

from __future__ import annotations

from typing import Final

from rules.keys import closest, listed

KINDS: Final = ("image", "video", "audio", "document", "sticker", "location", "contacts")

_MEANT: Final = {
    **dict.fromkeys(("photo", "picture", "pic", "foto", "img", "jpg", "jpeg", "png", "screenshot"), "image"),
    **dict.fromkeys(("movie", "clip", "film", "gif", "mp4"), "video"),
    **dict.fromkeys(("voice", "voice_message", "voice_note", "sound", "recording", "music", "mp3"), "audio"),
    **dict.fromkeys(("file", "pdf", "doc", "attachment", "word", "excel", "spreadsheet"), "document"),
    **dict.fromkeys(("place", "position", "map", "gps", "address"), "location"),
    **dict.fromkeys(("vcard", "card", "business_card", "phonebook"), "contacts"),
}


def advice(word: str) -> str:
    """What to write instead of a word that is no kind of media."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    singular = plain.removesuffix("s")
    guess = _MEANT.get(plain) or _MEANT.get(singular) or closest(plain, KINDS)
    return f"did you mean `{guess}`?" if guess else f"there are {listed(KINDS)}"


def told(said: str, media: str | None) -> str:
    """A message inside a sentence: what its text is said to be there; with media, as an example of a book has it."""
    if media is None:
        return said
    return f"{{media: {media}, text: {said}}}" if said else f"{{media: {media}}}"
