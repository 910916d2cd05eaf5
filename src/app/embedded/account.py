"""The system account the server runs under: never root, which PostgreSQL refuses."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import PostgresUnusable

_ROOT = 0
_UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A system account, and how to start a child under it with `subprocess` (no shell, no other groups)."""

    uid: int
    gid: int

    @property
    def _switches(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def user(self) -> int | None:
        return self.uid if self._switches else None

    @property
    def group(self) -> int | None:
        return self.gid if self._switches else None

    @property
    def extra_groups(self) -> list[int] | None:
        return [] if self._switches else None

    def own(self, path: Path) -> None:
        """Hand a file or folder to the account."""
        if self._switches:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account may pass every folder on the way to `path` and read what is there."""
        resolved = path.resolve()
        way = all(self._allowed(folder, stat.S_IXOTH) for folder in resolved.parents)
        return way and (not resolved.exists() or self._allowed(resolved, stat.S_IROTH))

    def _allowed(self, path: Path, other_bit: int) -> bool:
        status = path.stat()
        if not self._switches:
            return os.access(path, os.X_OK if other_bit == stat.S_IXOTH else os.R_OK)
        if status.st_uid == self.uid:
            return bool(status.st_mode & (other_bit << 6))
        if status.st_gid == self.gid:
            return bool(status.st_mode & (other_bit << 3))
        return bool(status.st_mode & other_bit)


def server_account(cluster: Path) -> Account:
    """Ourselves; for root the owner of an existing cluster, and otherwise `nobody`."""
    if os.geteuid() != _ROOT:
        return Account(os.geteuid(), os.getegid())
    if cluster.exists() and cluster.stat().st_uid != _ROOT:
        owner = cluster.stat()
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise PostgresUnusable(
            f"PostgreSQL refuses to run as root, and this system has no account '{_UNPRIVILEGED}' to run it under",
            str(cluster),
            "Run as an ordinary user.",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def readable_system_folder(instead_of: Path) -> Path:
    """A folder that every account can reach, named after the path it stands in for; made when missing.

    The name is predictable and its parent open to all, so a folder that another account put there is refused.
    """
    digest = hashlib.sha256(str(instead_of.resolve()).encode()).hexdigest()[:16]
    folder = _open_base(instead_of) / f"billwright-{digest}"
    folder.mkdir(mode=0o755, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PostgresUnusable(
            "The folder for the server's files belongs to somebody else", str(folder), "Remove it and start again."
        )
    folder.chmod(0o755)
    return folder


def _open_base(instead_of: Path) -> Path:
    passable = stat.S_IXOTH
    for base in (Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108 - ownership is checked by the caller
        steps = (base.resolve(), *base.resolve().parents)
        if base.is_dir() and all(step.stat().st_mode & passable for step in steps):
            return base.resolve()
    raise PostgresUnusable(
        "No folder of this system can be reached by the account the server runs under",
        str(instead_of),
        "Move the clone out of the private folder, or run as an ordinary user.",
    )
