"""One stand-in and one receiver for a test file; tests keep apart by making sessions of their own."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.plugins.stripe_sandbox import StripeSandbox, WebhookReceiver
from tests.sandbox.stripe.shop import Shop


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> Iterator[StripeSandbox]:
    with StripeSandbox(tmp_path_factory.mktemp("stripe-sandbox"), receiver.url) as running:
        yield running


@pytest.fixture
async def shop(sandbox: StripeSandbox) -> AsyncIterator[Shop]:
    caller = Shop(sandbox.url)
    yield caller
    await caller.close()
