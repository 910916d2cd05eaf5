"""The folder of one embedded server: what lies where in it, and the two locks that order its users.

`start.lock` is held while somebody starts or stops the server. `users.lock` is shared by everybody who uses it; the
kernel releases a lock when its process dies, so a crashed user never keeps a server alive or blocks a start.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import PostgresUnusable

_START_WAIT_SECONDS = 90.0


@dataclass(frozen=True)
class DataFolder:
    """Names of the things inside the folder."""

    path: Path

    @property
    def cluster(self) -> Path:
        """The cluster itself, when the server's account can reach the folder."""
        return self.path / "data"

    @property
    def moved_note(self) -> Path:
        """Says where the server's files are, when they had to go elsewhere."""
        return self.path / "moved-to"

    @property
    def password_file(self) -> Path:
        return self.path / "superuser-password"

    @property
    def port_file(self) -> Path:
        return self.path / "port"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def users_lock(self) -> Path:
        return self.path / "users.lock"

    def remembered_port(self) -> int | None:
        try:
            return int(self.port_file.read_text())
        except (OSError, ValueError):
            return None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """One start or stop at a time; a second caller waits for the first."""
        descriptor = os.open(self.path / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + _START_WAIT_SECONDS
            while not _try_lock(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise PostgresUnusable(
                        "Another process has been starting or stopping this server for too long",
                        str(self.path / "start.lock"),
                        "Wait for it or end it, then try again.",
                    )
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)


class Use:
    """A share in a running server, held as long as the file stays open. Take and release it inside `starting()`."""

    def __init__(self, folder: DataFolder) -> None:
        self._descriptor: int | None = os.open(folder.users_lock, os.O_RDWR | os.O_CREAT, 0o600)
        self.alone = _try_lock(self._descriptor, fcntl.LOCK_EX)
        """Whether nobody else used the server when this share was taken."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> bool:
        """Give the share back; true when it was the last one."""
        if self._descriptor is None:
            return False
        last = _try_lock(self._descriptor, fcntl.LOCK_EX)
        os.close(self._descriptor)
        self._descriptor = None
        return last


def open_folder(path: Path) -> DataFolder:
    """The folder, made when missing and proved writable; raises PostgresUnusable."""
    # One name for one folder: a running server is recognized by the path it was started with.
    folder = DataFolder(path.resolve())
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        probe = folder.path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise PostgresUnusable(
            f"The folder of the embedded database cannot be written: {error.strerror}",
            str(folder.path),
            "Give this account the right to write there, or choose another folder.",
        ) from error
    return folder


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
