"""Folders that the server's account can reach (pytest's own are private), removed together with their databases."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.postgres import remove

MakeFolder = Callable[[int], Path]


@pytest.fixture(scope="module")
def make_folder() -> Iterator[MakeFolder]:
    """Makes a new folder with the given mode, such as 0o700."""
    made: list[Path] = []

    def make(mode: int) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="billwright-test-", dir="/var/tmp"))
        folder.chmod(mode)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        remove(folder / "postgres")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def data_dir(make_folder: MakeFolder) -> Path:
    """One cluster for the tests that can share it; each leaves it stopped."""
    return make_folder(0o755) / "postgres"
