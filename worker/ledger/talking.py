"""What operators do in one conversation: take it over, answer in it, and say what the book shall know of the person."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from worker import keys
from worker.ledger.changing import Changing, Result
from worker.ledger.people import is_seen, is_written

LONGEST_BY_HAND: Final = 10_000  # characters
LONGEST_TAG: Final = 60
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Talking(Changing):
    """Raises LedgerUnavailable from every method."""

    async def take_over(self, account: str, sender: str, span: timedelta) -> Result:
        """A person answers in this conversation for so long; the book stays silent."""
        return await self._hand(account, sender, "hand-off", int(span / timedelta(milliseconds=1)))

    async def give_back(self, account: str, sender: str) -> Result:
        """The book answers in it again."""
        return await self._hand(account, sender, "resume", 0)

    async def set_opted_out(self, account: str, sender: str, *, out: bool) -> Result:
        """Whether the person wants no replies, as they have said elsewhere."""
        return await self._mark(account, sender, "opt-out" if out else "opt-in", "opted_out", on=out)

    async def set_tag(self, account: str, sender: str, tag: str, *, on: bool) -> Result:
        """Whether the conversation has the tag. ValueError for one that no rule could name."""
        if not tag.strip() or len(tag) > LONGEST_TAG or not tag.isprintable():
            raise ValueError(f"a tag is one line of at most {LONGEST_TAG} characters")
        return await self._mark(account, sender, "tag" if on else "untag", f"tag:{tag}", on=on)

    async def reply_by_hand(
        self, account: str, sender: str, text: str, *, token: str, quotes: str | None = None
    ) -> Result:
        """Sends a text that a person wrote, as any reply is sent: in the conversation's order, within its window, once.

        `quotes` is the key of the person's message that it answers; the newest, where there is none. The same `token`
        (8 to 64 letters, digits, `-` and `_`) never sends a second time: the same text is answered as the first time,
        and another is refused. The fact `key` is the key of the record that it became. ValueError for a text or a token
        that cannot be.
        """
        if not is_seen(text) or len(text) > LONGEST_BY_HAND or not is_written(text):
            raise ValueError(f"a text has 1 to {LONGEST_BY_HAND} whole characters, and some that are seen")
        if not TOKEN.fullmatch(token):
            raise ValueError("a token has 8 to 64 letters, digits, - and _")
        call: dict[str, Any] = {} if quotes is None else {"quotes": quotes}
        on = await self._hashed(sender)
        return await self._run(
            "by_hand",
            "reply",
            on,
            on=on,
            id=keys.by_hand(account, token),
            account=account,
            known=account in self._accounts,
            conversation=f"{keys.CONVERSATION}{account}:{sender}",
            text=text,
            **call,
        )

    async def _hand(self, account: str, sender: str, what: str, span: int) -> Result:
        on, conversation = await self._hashed(sender), f"{keys.CONVERSATION}{account}:{sender}"
        return await self._run("hand_off", what, on, on=on, conversations=[conversation], span=span)

    async def _mark(self, account: str, sender: str, what: str, field: str, *, on: bool) -> Result:
        person, conversation = await self._hashed(sender), f"{keys.CONVERSATION}{account}:{sender}"
        return await self._run("mark", what, person, on=person, conversation=conversation, field=field, is_on=on)
