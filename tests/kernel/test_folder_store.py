"""Files are written once and whole, under keys that stay inside the folder."""

import asyncio
from pathlib import Path

import pytest

from kernel.errors import Conflict, NotFound
from kernel.storage.folder import FolderStore

KEY = "practice/edi/one.edi"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_what_was_put_is_got(store: FolderStore, tmp_path: Path) -> None:
    await store.put(KEY, b"ISA*00")
    assert await store.get(KEY) == b"ISA*00"
    assert files(tmp_path) == [f"store/{KEY}"]


async def test_the_same_bytes_again_change_nothing(store: FolderStore, tmp_path: Path) -> None:
    await store.put(KEY, b"ISA*00")
    written = (tmp_path / "store" / KEY).stat()
    await store.put(KEY, b"ISA*00")
    again = (tmp_path / "store" / KEY).stat()
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert files(tmp_path) == [f"store/{KEY}"]


async def test_other_bytes_under_a_key_are_refused_and_the_first_stay(store: FolderStore, tmp_path: Path) -> None:
    await store.put(KEY, b"ISA*00")
    with pytest.raises(Conflict, match="cannot be replaced"):
        await store.put(KEY, b"ISA*01")
    assert await store.get(KEY) == b"ISA*00"
    assert files(tmp_path) == [f"store/{KEY}"]


async def test_of_many_writers_one_wins_and_nobody_sees_half_a_file(store: FolderStore, tmp_path: Path) -> None:
    contents = [bytes([number]) * 500_000 for number in range(6)]
    outcomes = await asyncio.gather(*(store.put(KEY, one) for one in contents), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict"] * 5 + ["NoneType"]
    assert await store.get(KEY) == contents[outcomes.index(None)]
    assert files(tmp_path) == [f"store/{KEY}"]


async def test_a_write_that_fails_leaves_nothing_behind(store: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        await store.put(KEY, "text is not bytes")  # type: ignore[arg-type]
    assert files(tmp_path) == []
    await store.put(KEY, b"ISA*00")
    assert await store.get(KEY) == b"ISA*00"


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/etc/outside", "a//b", "", ".", "a/./b"])
async def test_a_key_that_leads_elsewhere_is_no_key(store: FolderStore, tmp_path: Path, key: str) -> None:
    (tmp_path / "outside").write_bytes(b"not ours")
    with pytest.raises(NotFound):
        await store.get(key)
    with pytest.raises(NotFound):
        await store.put(key, b"x")
    assert files(tmp_path) == ["outside"]


async def test_what_was_never_put_is_not_found(store: FolderStore) -> None:
    with pytest.raises(NotFound, match="no such stored file"):
        await store.get(KEY)
