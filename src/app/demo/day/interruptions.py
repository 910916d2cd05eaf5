"""What a person reads when the database or a service is killed in the middle of the day."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from app.demo.day.errors import DayInterrupted
from app.embedded.processes import Supervisor

FAULTS_OF_OURS = (DataError, IntegrityError, ProgrammingError)
"""The database answered and refused a statement: nothing was interrupted, and the stack is wanted."""


@contextmanager
def told_in_words(supervisor: Supervisor) -> Iterator[None]:
    """A lost connection becomes ServiceFailed, when the supervisor knows which service ended, or DayInterrupted."""
    try:
        yield
    except FAULTS_OF_OURS:
        raise
    except (DBAPIError, ConnectionError, TimeoutError, httpx.TransportError) as lost:
        supervisor.check()
        raise DayInterrupted(
            "the database or a service stopped answering in the middle of the day; run it again, and it goes on where it stopped"
        ) from lost
