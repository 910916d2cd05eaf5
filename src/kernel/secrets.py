"""Local secrets: made at first start, kept in one folder that only this account can read.

Production passes secrets through its environment instead and never uses this folder.
"""

import os
import secrets
from pathlib import Path


class LocalSecrets:
    """Named secrets under a folder (mode 0700), each in a file of its own (mode 0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str, *, prefix: str = "") -> str:
        """The secret of this name, made now if there is none. Two processes asking at once get the same one."""
        path = self._folder / name
        try:
            return path.read_text(encoding="ascii")
        except FileNotFoundError:
            pass
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(prefix + secrets.token_hex(24), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process made it first; its value is the one that counts
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii")
