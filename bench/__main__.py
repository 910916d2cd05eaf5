"""`python -m bench [NAME ...]`: run the measure modules (all, or the named ones), print a table, write `bench/results.json`."""

import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench.measure import Measure

FOLDER = Path(__file__).parent
COLUMNS = ("name", "value", "floor", "ratio", "goal", "ok")


def measures() -> dict[str, Callable[[], list[Measure]]]:
    """Every module of this folder that can be run, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(FOLDER)]) if module.name != "__main__")
    modules = {name: importlib.import_module(f"bench.{name}") for name in names}
    return {name: module.run for name, module in modules.items() if hasattr(module, "run")}


def table(rows: Iterable[Mapping[str, object]]) -> str:
    """The measures in aligned columns, numbers to the right."""
    cells = [[_cell(row[column]) for column in COLUMNS] for row in rows]
    widths = [max(len(line[place]) for line in [list(COLUMNS), *cells]) for place in range(len(COLUMNS))]
    return "\n".join(_line(line, widths) for line in [list(COLUMNS), *cells])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


def _line(cells: list[str], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others])


def main(wanted: list[str]) -> int:
    """Run and tell; 2 when a name is not known. A missed goal is told and is no failure: machines differ."""
    known = measures()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no measure named {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    rows: list[Measure] = []
    for name in wanted or known:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += known[name]()
    print(table(rows))
    for row in rows:
        if row["note"]:
            print(f"  {row['name']}: {row['note']}")
    results = FOLDER / "results.json"
    results.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"written to {results.relative_to(Path.cwd()) if results.is_relative_to(Path.cwd()) else results}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
