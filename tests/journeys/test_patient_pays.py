"""A patient with a phone: from the paper bill's code to the receipt, over real processes and in a real browser.

Web server, worker, database and the card processor's stand-in all run; the receipt appears because of the signed webhook alone.
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.factories.claims import Visit, build, open_clinic
from tests.factories.payments import claim_payment, paid_by, receive
from tests.plugins.stack import stack_over
from tests.plugins.stripe_sandbox import GOOD_CARD
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import PASSWORD, base_of

from app.providers import make_database
from app.stack import Stack
from kernel.db.database import Database
from kernel.settings import Settings
from kernel.storage.folder import FolderStore
from tenancy.public import NewMember, add_member

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 390, "height": 844}
WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)
OWED = "$64.00"


@pytest.fixture(scope="module")
def stack(settings: Settings, admin_url: str) -> Iterator[Stack]:
    """The whole system, over a database of its own in the test cluster."""
    with stack_over(settings, admin_url, "journey") as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """In this file, tenants are made where the stack looks."""
    settings = stack.settings
    pools = make_database(settings)
    yield pools
    await pools.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A page of a phone's size that keeps what the content policy refused."""
    context = await browser.new_context(viewport=PHONE)
    await context.add_init_script(WATCH)
    yield await context.new_page()
    await context.close()


async def a_bill(stack: Stack, make_tenant: MakeTenant) -> str:
    """The code of a patient whose insurer paid and left a share."""
    tenant = await make_tenant()
    clinic = await open_clinic(tenant)
    claim = (await build(clinic, Visit()))["E-1"]
    store = FolderStore(stack.settings.home / "files")
    await receive(clinic, store, paid_by("BHERON", claim_payment(claim, "paid 100.00, CO-45 36.00, PR-1 64.00")))
    async with tenant.tx() as tx:
        email = f"biller-{tenant.practice_id}@northgate.example"
        roles = {tenant.practice_id: "biller"}
        await add_member(tx, NewMember(email=email, display_name="Sam Example", password=PASSWORD, roles=roles))
    url = stack.settings.web.public_url
    async with httpx.AsyncClient(base_url=url, timeout=30, headers={"Origin": url}) as biller:
        assert (await biller.post("/api/v1/session", json={"email": email, "password": PASSWORD})).status_code == 201
        issued = await biller.post(f"{base_of(tenant)}/patients/{claim.patient_id}/bill-code")
    code: str = issued.json()["code"]
    return code


async def give(page: Page, code: str, *, day: str) -> None:
    """Fill in the paper bill's code and the date of birth, and open."""
    await page.get_by_label("code", exact=False).first.fill(code)
    for name, value in (("birth_month", "2"), ("birth_day", day), ("birth_year", "1980")):
        await page.locator(f"#{name}").fill(value)
    await page.get_by_role("button", name="Open my bill").click()


async def is_sound(page: Page) -> None:
    """Nothing was refused by the policy, and nothing is wider than the phone."""
    assert await page.evaluate("refused") == [], page.url
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


async def test_a_patient_opens_the_bill_on_a_phone_understands_it_and_pays(
    stack: Stack, make_tenant: MakeTenant, phone: Page
) -> None:
    web = stack.settings.web.public_url
    code = await a_bill(stack, make_tenant)

    await phone.goto(f"{web}/bill")
    await give(phone, code, day="28")
    await expect(phone.locator(".errors")).to_be_visible()
    await is_sound(phone)
    assert "Marlowe" not in await phone.content()

    await give(phone, code, day="29")
    await expect(phone).to_have_url(f"{web}/bill/account")
    await expect(phone.get_by_role("heading", level=1)).to_contain_text(f"You owe {OWED}")
    for amount in ("$200.00", "$100.00", "$36.00"):
        await expect(phone.get_by_text(amount).first).to_be_visible()
    await is_sound(phone)

    await phone.get_by_role("link", name=f"Pay {OWED}").first.click()
    await is_sound(phone)
    await phone.get_by_role("button", name="Go to secure payment").click()
    await expect(phone).to_have_url(re.compile(re.escape(stack.settings.stripe.checkout_origin)))
    await expect(phone.get_by_role("button", name=f"Pay {OWED}")).to_be_visible()
    for name, value in GOOD_CARD.items():
        await phone.locator(f"#{name}").fill(value)
    await phone.get_by_role("button", name=f"Pay {OWED}").click()

    await expect(phone).to_have_url(re.compile(f"{re.escape(web)}/bill/payments/"))
    receipt = phone.get_by_text(re.compile(r"R-[0-9A-F]{8}")).first
    for _ in range(100):
        if await receipt.is_visible():
            break
        await phone.wait_for_timeout(200)
        await phone.reload()
    await expect(receipt).to_be_visible()
    await expect(phone.get_by_text(OWED).first).to_be_visible()
    await is_sound(phone)

    await phone.goto(f"{web}/bill/account")
    await expect(phone.get_by_role("heading", level=1)).to_contain_text("All paid")
    await is_sound(phone)
