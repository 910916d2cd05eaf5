"""The hosted page in a real browser: by keyboard, on a phone, under its own content policy."""

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect
from tests.plugins.stripe_sandbox import GOOD_CARD, WebhookReceiver
from tests.sandbox.stripe.shop import Shop

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


async def type_card(page: Page, number: str) -> None:
    """Fill the form field by field with the keyboard, from the card number's place in the tab order."""
    await page.get_by_label("Card number").focus()
    for text in (number, GOOD_CARD["card_expiry"], GOOD_CARD["card_cvc"], GOOD_CARD["billing_name"]):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.type(GOOD_CARD["billing_postal_code"])
    await page.keyboard.press("Enter")


async def test_a_patient_pays_by_keyboard_after_a_decline(
    shop: Shop, browser: Browser, receiver: WebhookReceiver
) -> None:
    back = receiver.url.removesuffix("/webhooks/stripe")
    session = await shop.open(
        customer_email="pat@example.com", success_url=f"{back}/paid?checkout={{CHECKOUT_SESSION_ID}}"
    )
    page = await browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    refused: list[str] = []

    def note_refusal(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            refused.append(message.text)

    page.on("console", note_refusal)
    await page.goto(session.url or "")
    await expect(page).to_have_title("Pay $86.40 to Juniper Family Medicine")
    await expect(page.get_by_label("Email")).to_have_attribute("readonly", "")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor") == "rgb(29, 78, 216)"
    )

    await type_card(page, "4000000000000002")
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Your card was declined")
    await expect(alert).to_be_focused()
    await expect(page.get_by_label("Name on card")).to_have_value(GOOD_CARD["billing_name"])
    await expect(page.get_by_label("Card number")).to_have_value("")
    await alert.get_by_role("link").press("Enter")
    await expect(page.get_by_label("Card number")).to_be_focused()

    await page.get_by_label("Expires").fill("")
    await page.get_by_label("Name on card").fill("")
    await type_card(page, "4242424242424242")
    await page.wait_for_url(f"{back}/paid?checkout={session.id}")
    assert (await shop.v1.checkout.sessions.retrieve_async(session.id)).payment_status == "paid"
    assert refused == []
    await page.close()


async def test_the_page_works_without_script(shop: Shop, browser: Browser, receiver: WebhookReceiver) -> None:
    back = receiver.url.removesuffix("/webhooks/stripe")
    session = await shop.open(success_url=f"{back}/paid")
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(session.url or "")
    for label, field in (
        ("Email", "email"),
        ("Card number", "card_number"),
        ("Expires", "card_expiry"),
        ("Security code", "card_cvc"),
        ("Name on card", "billing_name"),
        ("Billing ZIP code", "billing_postal_code"),
    ):
        await page.get_by_label(label).fill(GOOD_CARD[field])
    await page.get_by_role("button", name="Pay $86.40").click()
    await page.wait_for_url(f"{back}/paid")
    assert (await shop.v1.checkout.sessions.retrieve_async(session.id)).payment_status == "paid"
    await page.close()
