"""How a run is divided between its processes: file by file, and one whole system at a time.

A file stays in one process, so what its tests share is made once. Files begin in the order of their collection; those that start whole
systems are put in front, so that no process is left with them while the others have nothing to do. `--dist loadgroup` would do less,
and does nothing with pytest 9.2: it groups by writing into ids that are no longer written (pytest-xdist issue 1386).
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler.protocol import Scheduling
    from xdist.workermanage import WorkerController

STACKS = (
    "tests/app/test_demo.py",
    "tests/hostile/test_marked_values.py",
    "tests/hostile/test_other_sites.py",
    "tests/journeys/test_patient_pays.py",
)
"""Each starts the whole system as processes: two at once on two processors would only slow each other down."""


def piece_of(nodeid: str) -> str:
    """What goes to one process together: a file, or all that starts whole systems."""
    file = nodeid.partition("::")[0]
    return "stacks" if file in STACKS else file


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what starts whole systems in front."""
    items.sort(key=lambda item: piece_of(item.nodeid) != "stacks")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "Scheduling | None":
    """Hand out pieces where pytest-xdist was asked to hand out files."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class InPieces(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return piece_of(nodeid)

    config.option.loadscopereorder = False  # the order of collection is the one that is wanted
    config.pluginmanager.register(_EachPieceInOneProcess())
    return InPieces(config, log)


class _EachPieceInOneProcess:
    """Ends a run in which a piece was divided: pytest-xdist once stopped grouping, and nothing said so."""

    def __init__(self) -> None:
        self._process_of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        node: WorkerController = report.node
        piece = piece_of(report.nodeid)
        first = self._process_of.setdefault(piece, node.gateway.id)
        if first != node.gateway.id:
            raise pytest.UsageError(f"{piece} ran in the processes {first} and {node.gateway.id}")
