"""Sessions: a signed cookie that says in which role somebody has logged in, and when. Only of those that were ended by
logging out something is kept: their ids, in Redis, for as long as a copy of the cookie could be used."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.roles import NOBODY, Reader, Role
from worker.secret import Secret

COOKIE: Final = "autoreply_session"
PRESENTING: Final = "autoreply_presenting"  # is there while an operator presents; it only hides, so it is not signed
LIVES: Final = timedelta(hours=12)


class Sessions:
    """Those of all who know a password. A password that is changed ends the sessions that it began."""

    def __init__(self, passwords: Mapping[Role, Secret], secret: str) -> None:
        """`secret` is the same for all processes of the dashboard."""
        self._passwords = passwords
        self._serializers = {
            role: URLSafeTimedSerializer(secret, salt=f"{role.name}:{_digest(password)}", signer_kwargs=_SIGNER)
            for role, password in passwords.items()
        }

    def role_of(self, password: str) -> Role:
        """What this password allows; NOBODY where it is none. Takes the same time for any."""
        found = Role.NOBODY
        for role, known in self._passwords.items():
            if hmac.compare_digest(_digest(known), hashlib.sha256(password.encode(errors="replace")).hexdigest()):
                found = role
        return found

    def reader(self, request: Request) -> Reader:
        """Who asks; NOBODY where the cookie is missing, forged, or too old. Redis knows who has logged out."""
        cookie = request.cookies.get(COOKIE, "")
        for role, serializer in self._serializers.items():
            try:
                found = serializer.loads(cookie, max_age=int(LIVES.total_seconds()))
            except BadSignature:
                continue
            match found:
                case [str(name), str(session)]:
                    return Reader(role, name, presenting=PRESENTING in request.cookies, session=session)
        return NOBODY

    def begin(self, response: Response, role: Role, name: str, *, tls: bool) -> None:
        """Sets the cookie. `tls`: whether the browser came that way, and must send it by no other."""
        response.set_cookie(
            COOKIE,
            str(self._serializers[role].dumps([name, secrets.token_urlsafe(16)])),
            max_age=int(LIVES.total_seconds()),
            secure=tls,
            httponly=True,
            samesite="strict",
        )

    def end(self, response: Response) -> None:
        """Takes the cookie out of this browser."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")


_SIGNER: Final = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


def _digest(password: Secret) -> str:
    return hashlib.sha256(password.reveal().encode(errors="replace")).hexdigest()
