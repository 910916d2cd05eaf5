"""The pages in Chromium: what a phone shows first, what the policy refuses, what a printer gets. Nothing is served
over a network; each request is answered from memory with the headers that the product sends."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, Route
from tests.patient_portal.gallery import PAGES, render_pages

from ui.pages import page_headers
from ui.static_files import find_static

pytestmark = pytest.mark.browser

ORIGIN = "https://bills.example"
PHONES = [(390, 844), (320, 568)]
WITH_PAY = ["bill-owed", "bill-long", "bill-no-plan"]
HTML = render_pages()
WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)


async def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
    static = find_static(path)
    if static is not None:
        await route.fulfill(headers=static.headers, body=static.content)
    elif (html := HTML.get(path.removeprefix("/"))) is not None:
        await route.fulfill(headers=page_headers(checkout_origin="https://checkout.example"), body=html)
    else:
        await route.fulfill(status=404, body="")


async def _open(browser: Browser, width: int, height: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.add_init_script(WATCH)
    await page.route("**/*", _answer)
    return page


@pytest.mark.parametrize(("width", "height"), PHONES)
async def test_every_page_fits_a_phone_and_breaks_no_policy(browser: Browser, width: int, height: int) -> None:
    page = await _open(browser, width, height)
    for name in HTML:
        await page.goto(f"{ORIGIN}/{name}", wait_until="load")
        await page.evaluate("document.fonts.ready")
        assert await page.evaluate("refused") == [], name
        assert await page.evaluate("document.documentElement.scrollWidth") == width, name
        fonts = await page.evaluate("[...document.fonts].map(font => font.status)")
        assert "loaded" in fonts, name
        assert "error" not in fonts, name
    await page.close()


@pytest.mark.parametrize(("width", "height"), PHONES)
@pytest.mark.parametrize("name", WITH_PAY)
async def test_the_amount_and_pay_are_seen_without_scrolling(
    browser: Browser, name: str, width: int, height: int
) -> None:
    page = await _open(browser, width, height)
    await page.goto(f"{ORIGIN}/{name}", wait_until="load")
    await page.evaluate("document.fonts.ready")
    for found in (page.locator("h1 b"), page.get_by_role("link", name=re.compile(r"^Pay \$"))):
        box = await found.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    await page.close()


async def test_a_bill_opens_its_codes_and_a_part_asks_how_much_without_any_script(browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    await context.route("**/*", _answer)
    page = await context.new_page()
    await page.goto(f"{ORIGIN}/bill-owed")
    codes = page.get_by_role("table")
    assert not await codes.is_visible()
    await page.get_by_text("Show billing codes").click()
    assert await codes.is_visible()
    await page.goto(f"{ORIGIN}/pay")
    amount = page.get_by_label("Amount in dollars")
    assert not await amount.is_visible()
    await page.get_by_label("A part of it").check()
    assert await amount.is_visible()
    await context.close()


async def test_the_keyboard_reaches_everything_in_reading_order_with_a_ring_around_it(browser: Browser) -> None:
    page = await _open(browser, 390, 844)
    await page.goto(f"{ORIGIN}/pay", wait_until="load")
    reached = []
    for _ in range(5):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate(
                """() => { const on = document.activeElement, ringed = on.closest("label") ?? on;
                return [on.value || on.textContent, parseFloat(getComputedStyle(ringed).outlineWidth) >= 3] }"""
            )
        )
    assert reached == [
        ["Skip to main content", True],
        ["Larger text", True],
        ["Back to your bill", True],
        ["all", True],
        ["Go to secure payment", True],
    ]
    await page.close()


async def test_a_refused_form_arrives_with_its_errors_in_focus(browser: Browser) -> None:
    page = await _open(browser, 390, 844)
    await page.goto(f"{ORIGIN}/pay-wrong", wait_until="load")
    assert await page.evaluate("document.activeElement.className") == "errors"
    await page.get_by_role("link", name="Enter an amount").click()
    assert await page.evaluate("document.activeElement.id") == "part"
    await page.close()


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith(("bill-", "receipt"))])
async def test_a_bill_prints_on_two_pages_at_most(browser: Browser, name: str) -> None:
    page = await _open(browser, 1280, 900)
    await page.goto(f"{ORIGIN}/{name}", wait_until="load")
    printed = await page.pdf(format="Letter")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    await page.emulate_media(media="print")
    assert not await page.locator(".text-size").is_visible()
    await page.close()
