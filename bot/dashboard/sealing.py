"""What a browser may do with an answer: said with everything that the dashboard answers, faults and files included."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = "/static"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # a form that came too late says where the log-in leads back to
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OF_FILES: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"  # a nonce that is cached is none


class Sealed:
    """Around all else. A request's state has the `nonce` of the policy that its answer will have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["path"].startswith(f"{STATIC}/") and message["status"] < 400:
                    headers["content-security-policy"] = OF_FILES
                else:
                    headers["content-security-policy"] = POLICY.format(nonce)
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, sealing)
