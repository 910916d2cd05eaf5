"""The product's modules as syntax trees, for rules that are read off the source."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import msgspec

PROJECT = Path(__file__).parents[2]
SRC = PROJECT / "src"


class Module(msgspec.Struct, frozen=True):
    """One file: its dotted name, its package on the top level, its text and its tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package on the top level."""
        return self.name.partition(".")[0]

    def imported(self) -> Iterator[str]:
        """Dotted names this module imports; `from a import b` counts as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def calls(self) -> Iterator[ast.Call]:
        """Every call in the file."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def parse(name: str, text: str) -> Module:
    """A module from its text."""
    return Module(name, text, ast.parse(text))


@functools.cache
def product() -> list[Module]:
    """Every module under src."""
    return [
        parse(".".join(path.relative_to(SRC).with_suffix("").parts), path.read_text(encoding="utf-8"))
        for path in sorted(SRC.rglob("*.py"))
    ]
