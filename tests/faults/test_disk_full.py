"""A disk that takes no more: the folder store says so and leaves nothing half written."""

import subprocess
import sys
from pathlib import Path

CHILD = """
import asyncio, errno, pathlib, resource, signal, sys
from kernel.storage.folder import FolderStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = FolderStore(pathlib.Path(sys.argv[1]))
asyncio.run(store.put("small", b"x" * 1000))
try:
    asyncio.run(store.put("large", b"x" * 1_000_000))
except OSError as error:
    print(errno.errorcode[error.errno])
"""
"""A child process that may write no file over 100,000 bytes: the kernel refuses the write as it does on a full disk."""


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "EFBIG\n"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["small"]
