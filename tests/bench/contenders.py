"""What is measured side by side: ours, and the same task as one would first write it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.bench.stage import ROOT, Stage

STACKS: Final = Path(__file__).parent / "stacks"
PLACE: Final = ROOT / ".bench"  # what is installed for the comparison alone


class Contender(Protocol):
    """A receiver and workers."""

    @property
    def name(self) -> str: ...

    async def serve(self, stage: Stage) -> None:
        """Starts the receiver and returns when it listens."""

    def work(self, stage: Stage) -> None:
        """Starts the workers."""


@dataclass(frozen=True, slots=True)
class Ours:
    """As it is deployed: signatures verified, everything on disk before it is acknowledged, every guarantee."""

    processes: int = 1  # of workers

    @property
    def name(self) -> str:
        return "Autoreply" if self.processes == 1 else f"Autoreply, {self.processes} worker processes"

    async def serve(self, stage: Stage) -> None:
        stage.start("receiver", sys.executable, "-m", "bot", "serve", "--port", str(stage.port), env=_settings(stage))
        await stage.listening()

    def work(self, stage: Stage) -> None:
        command = ("work", "--processes", str(self.processes))
        stage.start("worker", sys.executable, "-m", "bot", *command, env=_settings(stage))

    async def take_up(self, stage: Stage, rules: int) -> None:
        """Returns when all workers decide by the book of so many rules."""
        stage.put_book(rules)
        command = (sys.executable, "-m", "bot", "reload", "--wait", "60")
        await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=os.environ | _settings(stage), stdout=subprocess.DEVNULL, check=True
        )


def _settings(stage: Stage) -> Mapping[str, str]:
    return {
        "AUTOREPLY_REDIS_URL": stage.redis_url,
        "AUTOREPLY_BOOK": str(stage.book),
        "AUTOREPLY_PRELUDE_BASE_URL": f"http://127.0.0.1:{stage.provider_port}",
        "AUTOREPLY_PRELUDE_API_TOKEN": "bench",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS": stage.supplies.public_key.read_text(),
    }


@dataclass(frozen=True, slots=True)
class Theirs:
    """A script of `stacks` on libraries of its own."""

    name: str
    script: str
    workers: tuple[str, ...] = ()  # arguments of `python`
    needs: tuple[str, ...] = ()  # what is installed for it beside; empty: ours do

    async def serve(self, stage: Stage) -> None:
        python = await asyncio.to_thread(self._python)
        stage.start("receiver", python, f"{self.script}.py", "serve", str(stage.port), cwd=STACKS, env=_plain(stage))
        await stage.listening()

    def work(self, stage: Stage) -> None:
        stage.start("worker", self._python(), *self.workers, cwd=STACKS, env=_plain(stage))

    def _python(self) -> Path:
        """The interpreter that has what the script needs."""
        if not self.needs:
            return Path(sys.executable)
        place = PLACE / self.script
        if not (place / "installed").exists():
            venv.create(place, with_pip=True, clear=True)
            command = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.needs)
            subprocess.run([place / "bin" / "python", *command], check=True)
            (place / "installed").touch()
        return place / "bin" / "python"


def _plain(stage: Stage) -> Mapping[str, str]:
    return {
        "BENCH_REDIS": stage.redis_url,
        "BENCH_PROVIDER": f"http://127.0.0.1:{stage.provider_port}",
        "BENCH_RULES": str(stage.supplies.phrases(stage.rules)),
    }


@dataclass(frozen=True, slots=True)
class NodeRed:
    """A flow of four nodes: http in, a function that loops over the rules, http request, http response."""

    name: str = "Node-RED, in memory"

    async def serve(self, stage: Stage) -> None:
        await asyncio.to_thread(self._install)
        folder = stage.folder / "node-red"
        folder.mkdir()
        (folder / "flows.json").write_text(json.dumps(_flow(stage)))
        (folder / "settings.js").write_text(_node_settings(stage))
        red = PLACE / "node-red" / "node_modules" / "node-red" / "red.js"
        stage.start("receiver", "node", red, "--settings", folder / "settings.js", "--userDir", folder, "flows.json")
        await stage.listening()

    def work(self, stage: Stage) -> None:
        """It is its own worker."""

    def _install(self) -> None:
        place = PLACE / "node-red"
        if not (place / "node_modules" / "node-red").exists():
            place.mkdir(parents=True, exist_ok=True)
            command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), "node-red"]
            subprocess.run(command, check=True)


def node_is_here() -> bool:
    return bool(shutil.which("node") and shutil.which("npm"))


def _flow(stage: Stage) -> list[dict[str, object]]:
    code = """
        const said = msg.payload.payload, text = said.content.text.toLowerCase();
        const rule = global.get('rules').findIndex(phrases => phrases.some(phrase => text.includes(phrase)));
        const heard = {req: msg.req, res: msg.res, statusCode: 200, payload: {ok: true}};
        if (rule < 0) return [heard, null];
        return [heard, {
            method: 'POST', url: global.get('provider') + '/v2/notify/reply',
            headers: {'content-type': 'application/json'},
            payload: {to: said.from, text: 'reply ' + rule, reply_to: said.message_id},
        }];
    """
    return [
        {"id": "tab", "type": "tab", "label": "bench"},
        {"id": "in", "z": "tab", "type": "http in", "url": "/webhooks/prelude", "method": "post", "wires": [["rules"]]},
        {"id": "rules", "z": "tab", "type": "function", "func": code, "outputs": 2, "wires": [["heard"], ["reply"]]},
        {"id": "heard", "z": "tab", "type": "http response", "wires": []},
        {
            "id": "reply",
            "z": "tab",
            "type": "http request",
            "method": "use",
            "ret": "txt",
            "persist": True,  # connections are kept
            "wires": [[]],
        },
    ]


def _node_settings(stage: Stage) -> str:
    settings = {
        "uiPort": stage.port,
        "uiHost": "127.0.0.1",
        "httpAdminRoot": False,
        "logging": {"console": {"level": "error"}},
    }
    context = (
        f"rules: require({str(stage.supplies.phrases(stage.rules))!r}), provider: {_plain(stage)['BENCH_PROVIDER']!r}"
    )
    return f"module.exports = Object.assign({json.dumps(settings)}, {{functionGlobalContext: {{{context}}}}})"


BARE: Final = Theirs("Starlette that reads the body", "bare")
THREADS: Final = Theirs("Starlette and `Queue.enqueue` in a thread", "stock_rq")
SIMPLE: Final = Theirs("Starlette, RQ's SimpleWorker, httpx", "stock_rq", ("stock_rq.py", "work", "simple"))
FORKING: Final = Theirs("Starlette, RQ's Worker, httpx", "stock_rq", ("stock_rq.py", "work", "fork"))
_WEB: Final = ("starlette", "uvicorn[standard]", "httpx")
ARQ: Final = Theirs("the same on arq, 500 jobs at once", "with_arq", ("with_arq.py", "work"), ("arq", *_WEB))
DRAMATIQ: Final = Theirs(
    "the same on dramatiq, 2 processes of 32 threads",
    "with_dramatiq",
    ("-m", "dramatiq", "with_dramatiq", "--processes", "2", "--threads", "32"),
    ("dramatiq[redis]", *_WEB),
)
