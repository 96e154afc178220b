"""What a page says of what was done before: it stands in the address, signed, so that nobody else makes us say it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request

SAID: Final = "said"  # in the query
LIVES: Final = timedelta(minutes=10)


class Sayings:
    """Sentences on their way from a change to the page that shows them, whichever process does."""

    def __init__(self, lives: timedelta = LIVES) -> None:
        """`lives`: how long a link says it."""
        self._lives = lives
        self._signer: URLSafeTimedSerializer | None = None

    def learn(self, secret: str) -> None:
        """What they are signed with: the same for all processes of the dashboard."""
        kwargs = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._signer = URLSafeTimedSerializer(secret, salt=SAID, signer_kwargs=kwargs)

    def back_to(self, path: str, sentence: str, *, good: bool) -> str:
        """The address of a page that says it."""
        if self._signer is None:
            raise RuntimeError("the secret is not known yet")
        signed = str(self._signer.dumps([sentence, good]))
        return f"{path}{'&' if '?' in path else '?'}{urlencode({SAID: signed})}"

    def heard(self, request: Request) -> tuple[str, bool]:
        """What this page shall say, and whether that is good; an empty sentence where it is none of ours, or is old."""
        if self._signer is None:  # Redis is away, and nothing was ever said
            return "", False
        try:
            written = request.query_params.get(SAID, "")
            sentence, good = self._signer.loads(written, max_age=int(self._lives.total_seconds()))
        except BadSignature:
            return "", False
        return sentence, good


def unsaid(path: str, query: str) -> str:
    """The address without it, to come back to: it was said."""
    rest = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != SAID]
    return path + (f"?{urlencode(rest)}" if rest else "")
