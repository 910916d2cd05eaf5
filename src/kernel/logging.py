"""Structured logs in which only known-harmless keys can appear.

An allow-list is the only redaction that cannot be forgotten: a new key is dropped until somebody adds it here on purpose.
"""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "request_id", "session_id", "user_id", "company_id", "practice_id", "job_id", "topic",
        "method", "route", "status", "milliseconds", "count", "attempt", "error", "error_at", "state", "source", "port", "name",
        "signal", "seconds", "since", "connection_id",
    }
)  # fmt: skip


def keep_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list; say how many, so that a missing one is noticed."""
    dropped = [key for key in event if key not in ALLOWED]
    for key in dropped:
        del event[key]
    if dropped:
        event["count"] = event.get("count", len(dropped))
    return event


def configure_logging(*, json: bool) -> None:
    """Set structlog up for this process: JSON lines for machines, aligned text for people. Libraries log warnings only."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for chatty in ("asyncio", "stripe", "httpx", "_granian"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    # It would log a failed job's whole message and stack; kernel.jobs.run says what happened, in allowed words.
    logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def error_place(error: BaseException) -> str:
    """Where an error was raised, as module and line: enough to find it, and never the values in it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
