"""Makes a cluster at the first start and checks an existing one at every later start."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.embedded.account import Account, readable_system_folder, server_account
from app.embedded.binaries import Binaries, ServerVersion, server_binaries
from app.embedded.datafolder import DataFolder
from app.embedded.errors import PostgresUnusable
from app.embedded.postmaster import stop_server

SUPERUSER = "postgres"
# Nothing of the caller's environment reaches the server: PG* variables would change what it does.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Cluster:
    """A cluster that is ready to be served."""

    data: Path
    binaries: Binaries
    account: Account
    password: str


def prepare_cluster(folder: DataFolder, version: ServerVersion) -> Cluster:
    """Find the folder's cluster or make it; raises PostgresUnusable. Call it under the folder's start lock."""
    account = server_account(folder.cluster)
    data = _place(folder, account)
    binaries = server_binaries(version, account)
    if (data / "PG_VERSION").is_file():
        _check_existing(data, folder, account, version)
    else:
        _create(data, folder, account, binaries)
    return Cluster(data, binaries, account, folder.password_file.read_text().strip())


def remove_cluster_files(folder: DataFolder) -> None:
    """Stop whatever serves the folder's cluster and delete its files. Call it under the folder's start lock."""
    places = [folder.cluster]
    if folder.moved_note.exists():
        moved = readable_system_folder(folder.path)
        places.append(moved / "data")
    for data in places:
        stop_server(data)
        _delete(data)
    if folder.moved_note.exists():
        shutil.rmtree(moved, ignore_errors=True)
    for leftover in (folder.moved_note, folder.password_file, folder.port_file, folder.log):
        leftover.unlink(missing_ok=True)


def _place(folder: DataFolder, account: Account) -> Path:
    if folder.cluster.exists() or (not folder.moved_note.exists() and account.reaches(folder.path)):
        return folder.cluster
    data = readable_system_folder(folder.path) / "data"
    if not folder.moved_note.exists():
        # The folder is new, so these are the files of a clone that stood at this path earlier and is gone.
        stop_server(data)
        _delete(data)
        folder.moved_note.write_text(
            f"{data}\nThe server does not run as root, and its account cannot reach this folder.\n"
        )
    return data


def _check_existing(data: Path, folder: DataFolder, account: Account, version: ServerVersion) -> None:
    anew = f"or remove {folder.path} to begin with an empty database"
    if data.stat().st_uid != account.uid:
        raise PostgresUnusable(
            "The database was made by another account", str(data), f"Start as the account that made it, {anew}."
        )
    if not account.reaches(data / "PG_VERSION"):
        raise PostgresUnusable(
            "The account that owns the database can no longer reach it",
            str(data),
            f"Open the folders above it, {anew}.",
        )
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(version):
        raise PostgresUnusable(
            f"The database was made by PostgreSQL {found}, not {version}", str(data), f"Start version {found}, {anew}."
        )
    if not folder.password_file.is_file():
        raise PostgresUnusable(
            "The password of the database's superuser is lost", str(folder.password_file), f"Restore the file, {anew}."
        )


def _create(data: Path, folder: DataFolder, account: Account, binaries: Binaries) -> None:
    """Make the cluster beside its final place and rename it, so that an interrupted start leaves no half cluster."""
    staging = data.with_name("data.incomplete")
    _delete(staging)
    password = secrets.token_urlsafe(24)
    try:
        if data.exists() and any(data.iterdir()):
            raise PostgresUnusable(
                "The folder is not empty and holds no database", str(data), "Move its content away and start again."
            )
        staging.mkdir(mode=0o700)
        account.own(staging)
        _run_initdb(staging, account, binaries, password)
        _write_private(folder.password_file, password)
        staging.rename(data)
    except OSError as error:
        raise PostgresUnusable(
            f"The database cannot be made: {error.strerror}",
            str(data),
            "Check the folder's rights and free space, then start again.",
        ) from error
    finally:
        _delete(staging)


def _run_initdb(data: Path, account: Account, binaries: Binaries, password: str) -> None:
    locale = ["--locale=C"]
    if binaries.version >= 18:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="password-") as password_file:
        password_file.write(password + "\n")
        password_file.flush()
        account.own(Path(password_file.name))
        finished = subprocess.run(
            [str(binaries.initdb), f"--pgdata={data}", f"--username={SUPERUSER}", f"--pwfile={password_file.name}",
             "--encoding=UTF8", *locale, "--auth=scram-sha-256", "--no-sync", "--no-instructions"],
            user=account.user, group=account.group, extra_groups=account.extra_groups, umask=0o077, cwd="/",
            env=SERVER_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", check=False,
        )  # fmt: skip
    if finished.returncode != 0:
        raise _initdb_refusal(finished.stdout, data)


def says_disk_full(output: str) -> bool:
    """Whether the server's words mean a full disk; it names a short write by its sizes, not by its cause."""
    return any(sign in output for sign in ("No space left on device", "Disk quota exceeded", ": wrote only "))


def _initdb_refusal(output: str, data: Path) -> PostgresUnusable:
    """What a failed initdb means for the person who started it."""
    if says_disk_full(output):
        free_mb = shutil.disk_usage(data.parent).free // 1_000_000
        return PostgresUnusable(
            "The disk is full, the database cannot be made", str(data.parent), f"It needs 60 MB; {free_mb} MB are free."
        )
    complaints = [line for line in output.splitlines() if "error:" in line or "FATAL" in line]
    reason = (complaints or output.strip().splitlines() or ["no reason given"])[-1]
    return PostgresUnusable(f"The database cannot be made: {reason}", str(data), "Remove the cause and start again.")


def _write_private(path: Path, secret: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
    new.replace(path)


def _delete(path: Path) -> None:
    if not path.exists():
        return
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise PostgresUnusable(
            f"Old database files cannot be deleted: {error.strerror}", str(path), "Delete the folder yourself."
        ) from error
