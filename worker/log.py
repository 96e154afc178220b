"""Logs: one event a line, JSON where a machine reads and colours where a person does.

A line names a message by its key. Neither text nor number nor token is ever given to a logger.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

import structlog
from pydantic_core import to_json


class _Lines:
    """Writes to stderr as it is now. Where nobody takes a line any more it is lost, and no message with it."""

    def write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # a full disk, a pipe without a reader, a file that was closed
            return

    def flush(self) -> None:
        """Each line is."""


def _json(line: object, *, default: Callable[[Any], Any]) -> str:
    return to_json(line, fallback=default).decode()


def configure() -> None:
    """Sets up this process's logging, that of the libraries included. Call it once, at its start."""
    person = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
    ]
    render: structlog.typing.Processor
    render = structlog.dev.ConsoleRenderer(timestamp_key="ts") if person else structlog.processors.JSONRenderer(_json)
    # Not by way of the standard library's loggers, which take five times as long: each message has two lines and more.
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Lines())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # RQ writes the call of each job with its arguments at INFO; httpx the address of each request.
    for talkative in ("rq", "rq.worker", "httpx"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def logger() -> structlog.typing.FilteringBoundLogger:
    """A logger whose events are stable snake_case names, with their facts as keyword arguments."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
