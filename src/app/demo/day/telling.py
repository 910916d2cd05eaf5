"""How the demonstration talks: progress while it works, figures when it is done. Facts go to standard output, talk to the other."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Teller:
    """Numbered steps with what came of them."""

    def __init__(self, *, quiet: bool) -> None:
        self._stream = sys.stderr if quiet else sys.stdout
        self._number = 0
        self._muted = False

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Nothing is said meanwhile: for doing again what was told already."""
        self._muted = True
        yield
        self._muted = False

    def say(self, text: str = "") -> None:
        """One line."""
        if self._muted:
            return
        self._stream.write(text + "\n")
        self._stream.flush()

    def detail(self, text: str) -> None:
        """One line that belongs to the step."""
        self.say(f"     {text}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A step that takes a while: named when it begins, timed when it ends."""
        self._number += 1
        self.say(f"\n{self._number:2}.  {title}")
        started = time.monotonic()
        yield
        self.detail(f"({time.monotonic() - started:.1f} s)")
