"""Other libraries that read the same files. They are no part of the development environment: those that are importable are measured.

Each is called as its own documentation says. What it gives differs: dictionaries, segments, data frames, or validated models.
"""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

Read = Callable[[Path], object]


def _openx12(module: str) -> Read:
    return lambda path: importlib.import_module(f"openx12.{module}").parse(path.read_text())


def _x12_python(path: Path) -> object:
    return importlib.import_module("x12").Parser().parse(path.read_text())


def _edi_835_parser(path: Path) -> object:
    return importlib.import_module("edi_835_parser").parse(str(path))


def _linuxforhealth(path: Path) -> object:
    with importlib.import_module("linuxforhealth.x12.io").X12ModelReader(str(path)) as reader:
        return list(reader.models())


def _tigershark(path: Path) -> object:
    guide = importlib.import_module("tigershark.parsers.M835_5010_X221_A1")
    return guide.parsed_835.unmarshall(path.read_text().replace("\n", ""), ignoreExtra=False)


ANCHORS: dict[str, list[tuple[str, str, Read]]] = {
    "835": [
        ("openx12, dictionaries", "openx12", _openx12("x835")),
        ("x12-python, segments", "x12", _x12_python),
        ("edi-835-parser, objects", "edi_835_parser", _edi_835_parser),
    ],
    "837P": [
        ("openx12, dictionaries", "openx12", _openx12("x837p")),
        ("x12-python, segments", "x12", _x12_python),
    ],
    "few 835": [("tigershark, tree", "tigershark", _tigershark)],
    "few 837P": [("linuxforhealth-x12, validated models", "linuxforhealth", _linuxforhealth)],
}
"""By what is read: the words for the table, the package to import, what reads a file."""


def installed(package: str) -> bool:
    """Whether the library can be imported here."""
    return importlib.util.find_spec(package) is not None
