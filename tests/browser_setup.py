"""Finds a Chromium for the browser tests, or gets one: `python -m tests.browser_setup`, before the tests.

What is on the machine is used first; else Debian's own through apt-get, where that is possible; else Playwright's. Without any,
the browser tests are skipped, and say so. Never fails: a machine without a browser can still run every other test.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
"""Containers give a browser no sandbox of its own and little shared memory; tests need no outside network."""
NO_BROWSER = (
    "no Chromium on this machine; run `python -m tests.browser_setup`, or name one with CHROMIUM=/path/to/chromium"
)
_INSTALL_WITHIN_SECONDS = 300


def chromium_path() -> str | None:
    """The Chromium to drive: CHROMIUM, one on PATH, or Playwright's own; None when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return found or _playwrights_own()


def main() -> None:
    """Find or get a browser, and say in one line what came of it."""
    path = chromium_path()
    if path is None and os.environ.get("CHROMIUM") is None:
        path = _by_apt() or _by_playwright()
    sys.stdout.write(f"browser tests use {path}\n" if path else f"BROWSER TESTS WILL BE SKIPPED: {NO_BROWSER}\n")


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _by_apt() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    sys.stdout.write("no Chromium found; installing Debian's with apt-get\n")
    sys.stdout.flush()
    installed = _runs(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]) or (
        _runs(["apt-get", "update", "-qq"])
        and _runs(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    )
    return shutil.which("chromium") if installed else None


def _by_playwright() -> str | None:
    sys.stdout.write("no Chromium found; fetching Playwright's own\n")
    sys.stdout.flush()
    return _playwrights_own() if _runs([sys.executable, "-m", "playwright", "install", "chromium"]) else None


def _runs(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_INSTALL_WITHIN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
