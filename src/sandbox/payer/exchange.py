"""The payer's side of the exchange folders: takes files of claims, leaves answers, and remembers nothing that is not in the folder.

Answers are named after what they answer and appear whole, so a payer that was killed at any moment goes on where it stopped.
"""

import datetime as dt
import os
from pathlib import Path

from sandbox.payer.answers import ClaimsFile, answer, read_claims

LAST = "done"


class Exchange:
    """All practices' folders under one root: `<practice>/to-payer` and `<practice>/from-payer`."""

    def __init__(self, root: Path, today: dt.date) -> None:
        self._root = root
        self._today = today
        self._read: dict[Path, ClaimsFile] = {}

    def answer_waiting(self) -> int:
        """Answer every file that has no answers yet; returns how many files were answered."""
        return sum(self._answer_practice(folder) for folder in sorted(self._root.glob("*/to-payer")))

    def _answer_practice(self, incoming: Path) -> int:
        outgoing = incoming.parent / "from-payer"
        outgoing.mkdir(exist_ok=True)
        earlier: dict[str, list[ClaimsFile]] = {}
        answered = 0
        for path in sorted(incoming.glob("*.837")):
            marker = incoming.parent / f".{path.stem}.{LAST}"
            file = self._claims(path)
            before = earlier.setdefault(file.payer_id, [])
            if not marker.exists():
                for one in answer(file, before, today=self._today):
                    _appear(outgoing / f"{path.stem}.{one.suffix}", one.content)
                marker.touch()
                answered += 1
            before.append(file)
        return answered

    def _claims(self, path: Path) -> ClaimsFile:
        if path not in self._read:
            self._read[path] = read_claims(path.read_bytes())
        return self._read[path]


def _appear(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
