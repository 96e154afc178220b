"""Logs: one event a line, JSON where a machine reads and colours where a person does.

A line names a message by its key. Neither text nor number nor token is ever given to a logger.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Sets up this process's logging, that of the libraries included. Call it once, at its start."""
    person = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    render: structlog.typing.Processor
    render = structlog.dev.ConsoleRenderer(timestamp_key="ts") if person else structlog.processors.JSONRenderer()
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


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose events are stable snake_case names, with their facts as keyword arguments."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
