"""pyx12 as an independent judge of what we write, with its known faults set aside."""

import io
import logging

import pyx12.params
import pyx12.x12n_document

KNOWN_FAULTS = {
    "PLB": "pyx12 4.0 refuses a second PLB segment, though the guide lets it repeat (X12 835 guide, PLB maximum >1)",
    "Failed to create 999": "pyx12 4.0 cannot make a 999 for some refusals; it says so beside the refusal itself",
}


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def complaints(content: bytes) -> list[str]:
    """What pyx12 holds against a file, its known faults left out; empty when it accepts the file."""
    handler = _Complaints()
    log = logging.getLogger("pyx12")
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        accepted = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(content.decode("ascii")), io.StringIO(), None
        )
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate
    lines = [line for line in handler.lines if not any(fault in line for fault in KNOWN_FAULTS)]
    return lines or ([] if accepted or handler.lines else ["refused without a reason"])
