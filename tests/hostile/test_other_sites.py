"""A real browser in which somebody is signed in, and the page of another site that wants it to act for them."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Browser
from tests.hostile.marked_day import BILLER, MarkedDay
from tests.plugins.web import PASSWORD, base_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEND = """async ([url, type, credentials]) => {
  const body = type === 'application/json' ? '{}' : new URLSearchParams({choice: 'all', attempt_key: 'theirs'});
  try {
    const answer = await fetch(url, {method: 'POST', headers: {'Content-Type': type}, body, credentials});
    return [answer.type, await answer.text()];
  } catch { return ['refused', '']; }
}"""
READ = """async url => {
  try { return await (await fetch(url, {credentials: 'include'})).text(); } catch { return ''; }
}"""
SIGN_IN = """async ([email, password]) => (await fetch('/api/v1/session', {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({email, password})
})).status"""


@pytest.fixture
def other_site() -> Iterator[str]:
    """A site of somebody else: `localhost` is not `127.0.0.1` to a browser, so that it is another site and not only another port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server asks for
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>You have won</title>")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server uses
            """Tests say what happened."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_another_sites_page_neither_acts_nor_reads_for_a_signed_in_person(
    day: MarkedDay, browser: Browser, other_site: str
) -> None:
    ours = day.stack.settings.web.public_url
    context = await browser.new_context()
    own = await context.new_page()
    await own.goto(f"{ours}/bill")
    assert await own.evaluate(SIGN_IN, [BILLER, PASSWORD]) == 201
    assert "roles" in await own.evaluate(READ, "/api/v1/session")

    theirs = await context.new_page()
    await theirs.goto(other_site)
    statuses = []
    theirs.on("response", lambda answer: statuses.append((answer.request.method, answer.status)))
    for path in ("/api/v1/session/end", "/bill/end", "/bill/pay", f"{base_of(day.tenant)}/edi-files/poll"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
            answered = await theirs.evaluate(SEND, [f"{ours}{path}", kind, "include"])
            assert answered == ["refused", ""], (path, kind)
    assert await theirs.evaluate(READ, f"{ours}/api/v1/session") == ""

    await theirs.set_content(f'<form method="post" action="{ours}/api/v1/session/end"><button>Win</button></form>')
    async with theirs.expect_navigation():
        await theirs.get_by_role("button").click()
    assert re.search("did not come from this site", await theirs.content())

    await theirs.goto(other_site)
    await theirs.set_content(f'<iframe src="{ours}/bill"></iframe>')
    await theirs.wait_for_timeout(500)
    (frame,) = [one for one in theirs.frames if one != theirs.main_frame]
    assert "birth_month" in await own.content()
    assert "birth_month" not in await frame.content()

    assert all(status == 403 for method, status in statuses if method == "POST")
    assert "roles" in await own.evaluate(READ, "/api/v1/session")
    await context.close()
