"""Starlette alone, which reads the body and says yes: as fast as an endpoint can be. `python bare.py serve PORT`."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def receive(request: Request) -> Response:
    await request.body()
    return Response(status_code=200)


if __name__ == "__main__":
    app = Starlette(routes=[Route("/webhooks/prelude", receive, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
