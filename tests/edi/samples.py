"""Where the shared sample files are, when they are; tests that need them skip visibly where they are not."""

import csv
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "x12" / "samples"
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "x12"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample files are not on this machine")


def scenarios() -> list[dict[str, str]]:
    """Rows of the scenario manifest; empty without samples."""
    manifest = SAMPLES / "scenarios" / "manifest.tsv"
    if not manifest.is_file():
        return []
    with manifest.open(newline="") as rows:
        return list(csv.DictReader(rows, delimiter="\t"))


def public_files() -> list[Path]:
    """Every public sample; empty without samples."""
    root = SAMPLES / "public"
    return sorted(path for path in root.glob("*/*") if path.is_file()) if root.is_dir() else []
