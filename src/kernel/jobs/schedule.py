"""When something that recurs is due: pure, so that a missed run, a late one and a clock set back can be read off a table."""

import datetime as dt

import msgspec


class Recurring(msgspec.Struct, frozen=True):
    """A topic that is announced every so often, to every active practice or once for the installation."""

    topic: str
    every_seconds: int
    each_practice: bool = True

    @property
    def every(self) -> dt.timedelta:
        """The time between two runs."""
        return dt.timedelta(seconds=self.every_seconds)


class Due(msgspec.Struct, frozen=True):
    """What to do about a run: whether to announce it now, when the next one is due, and how many before it were missed."""

    announce: bool
    next_due_at: dt.datetime
    missed_runs: int = 0


def what_is_due(recurring: Recurring, due_at: dt.datetime, now: dt.datetime) -> Due:
    """Decide about the run that was due at `due_at`.

    However many were missed, one announcement catches up with all of them. A due time further ahead than one interval is the
    trace of a clock that was set back, or of a longer interval before: the run is then due one interval from now.
    """
    if due_at - now > recurring.every:
        return Due(announce=False, next_due_at=now + recurring.every)
    if now < due_at:
        return Due(announce=False, next_due_at=due_at)
    missed = int((now - due_at) / recurring.every)
    return Due(announce=True, next_due_at=due_at + recurring.every * (missed + 1), missed_runs=missed)
