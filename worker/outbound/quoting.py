"""How a reply names the message that it answers, where WhatsApp's own ids do: in Meta's words, which Kaleyra keeps."""

from __future__ import annotations

from typing import Any, Final

from worker.outbound import Reply

WHATSAPP_ID: Final = "wamid."  # so begin WhatsApp's; a message that another provider brought has an id of its own


def context(reply: Reply) -> dict[str, Any]:
    """The field of the request that quotes the message; none where its id would be unknown there."""
    return {"context": {"message_id": reply.quotes}} if reply.quotes.startswith(WHATSAPP_ID) else {}
