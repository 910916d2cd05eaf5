"""Takes up what lies in the practices' folders and answers it, knowing nothing but the folders.

Every file is answered from itself and the files before it by name, and every answer appears whole under a name made from the
file's; when all are there, a hidden mark beside the two folders says so. So the process may be killed at any moment, and the next
one ends with the same answers.
"""

import datetime as dt
import os
from pathlib import Path

from sandbox.payer.answers import answer
from sandbox.payer.payments import Settlement, settle
from sandbox.payer.reading import read_claims_file

INCOMING, OUTGOING = "to-payer", "from-payer"


class Desk:
    """The payers' side of an exchange folder: somewhere in it one folder a practice, with `to-payer` and `from-payer` in it."""

    def __init__(self, exchange: Path, today: dt.date | None) -> None:
        self._exchange = exchange
        self._today = today
        self._settled: dict[Path, list[Settlement]] = {}

    def sweep(self) -> None:
        """Answer everything that is not answered yet, in the order of names."""
        for practice in sorted(incoming.parent for incoming in self._exchange.rglob(INCOMING)):
            files = sorted((practice / INCOMING).glob("[!.]*.837"))
            for place, path in enumerate(files):
                mark = practice / f".{path.stem}.done"
                if not mark.exists():
                    self._take_up(practice, path, files[:place])
                    mark.touch()

    def _take_up(self, practice: Path, path: Path, before: list[Path]) -> None:
        earlier = [settlement for one in before for settlement in self._settlements(one)]
        answers = answer(read_claims_file(path.read_bytes()), earlier, self._today or dt.date.today())  # noqa: DTZ011 - the payer's own day
        for kind, content in answers.items():
            target = practice / OUTGOING / f"{path.stem}.{kind}"
            if not target.exists():
                write_whole(target, content)

    def _settlements(self, path: Path) -> list[Settlement]:
        if path not in self._settled:
            self._settled[path] = settle(read_claims_file(path.read_bytes()))
        return self._settled[path]


def write_whole(path: Path, content: bytes) -> None:
    """A file appears under its name with all its bytes or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
