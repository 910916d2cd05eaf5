"""Structured logs in which only known-harmless keys can appear.

An allow-list is the only redaction that cannot be forgotten: a new key is dropped until somebody adds it here on purpose.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
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


def library_line(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What a library said, as the place in its code where it said it: its words may quote what it was working on."""
    record: logging.LogRecord = event["_record"]
    event["event"] = "library message"
    event["name"] = record.name
    event["error_at"] = f"{record.module}:{record.lineno}"
    error = event.pop("exc_info", None) or record.exc_info
    if isinstance(error, tuple) and error[0] is not None:
        event["error"] = error[0].__name__
    return event


def configure_logging() -> None:
    """Set structlog up for this process: aligned text on a terminal, JSON lines everywhere else. Libraries log warnings only.

    Every line carries the context of its request or job, those of libraries too.
    """
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if not sys.stdout.isatty():
        renderer = structlog.processors.JSONRenderer(serializer=_json_line)
    ours: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    libraries = logging.StreamHandler(sys.stdout)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*ours, library_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, keep_allowed, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], force=True)
    for chatty in ("asyncio", "stripe", "httpx", "_granian"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    # It would log a failed job's whole message and stack; kernel.jobs.run says what happened, in allowed words.
    logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*ours, keep_allowed, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def _json_line(event: MutableMapping[str, Any], **_: Any) -> str:
    """A line is written for every request; this takes a seventh of what `json` does."""
    return msgspec.json.encode(event).decode()


def error_place(error: BaseException) -> str:
    """Where an error was raised, as module and line: enough to find it, and never the values in it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
