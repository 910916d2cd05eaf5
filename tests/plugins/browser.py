"""One real Chromium for every browser test of a process; without one they are skipped, and say so."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser_setup import FLAGS, NO_BROWSER, chromium_path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    path = chromium_path()
    if path is None:
        pytest.skip(NO_BROWSER)
    return path


@pytest_asyncio.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The browser; open a context or page of your own in it."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        await running.close()
