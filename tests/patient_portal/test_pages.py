"""Each page as HTML: what a screen reader, a printer or a browser without script gets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.patient_portal.gallery import PAGES, PRACTICE, render_pages
from tests.patient_portal.reading import grade

from patient_portal import views
from ui.formatting import money
from ui.static_files import find_static

VOID = {"br", "hr", "img", "input", "link", "meta", "path", "rect"}
HTML = render_pages()
BILLS = [name for name in PAGES if name.startswith("bill-") and name != "bill-no-visit"]


class Outline(HTMLParser):
    """What the tests below ask about a page: its elements with attributes, and its text outside the head."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def text_of(self, tag: str) -> str:
        return " ".join(text for where, text in self.texts if where == tag)


@pytest.fixture(params=list(HTML))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(name: str) -> Outline:
    return Outline(HTML[name])


def test_elements_close_and_ids_are_unique(page: Outline) -> None:
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_title_says_what_the_page_is_for_and_nothing_about_the_patient(name: str, page: Outline) -> None:
    title = page.text_of("title")
    assert title
    assert not re.search(r"[$\d]", title)
    for private in ("Osei", "Juniper", "STM", "Dr.", "visit"):
        assert private not in title
    assert title.startswith("Error: ") == name.endswith("-wrong")


def test_headings_begin_with_one_h1_and_skip_no_level(page: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_input_has_a_label_and_every_reference_a_target(page: Outline) -> None:
    ids = {attributes.get("id") for _, attributes in page.elements}
    labelled = {attributes.get("for") for attributes in page.all("label")}
    for attributes in page.all("input"):
        wrapped = attributes.get("type") == "radio"
        assert attributes.get("type") == "hidden" or wrapped or attributes.get("id") in labelled
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for _, attributes in page.elements:
            assert set((attributes.get(attribute) or "").split()) <= ids
    for attributes in page.all("a"):
        href = attributes["href"] or ""
        assert href not in {"", "#"}
        assert not href.startswith("#") or href[1:] in ids


def test_nothing_is_inline_and_everything_loaded_is_ours(page: Outline) -> None:
    assert page.all("script", "style", "iframe", "object") == []
    for _, attributes in page.elements:
        assert "style" not in attributes
        assert not [attribute for attribute in attributes if attribute.startswith("on")]
    loaded = [attributes["href"] or "" for attributes in page.all("link")]
    assert loaded
    assert all(find_static(url) for url in loaded)


def test_an_invalid_field_is_marked_and_named_in_the_summary(page: Outline) -> None:
    invalid = [attributes for attributes in page.all("input") if attributes.get("aria-invalid") == "true"]
    for attributes in invalid:
        assert f"{attributes['id']}-error" in (attributes["aria-describedby"] or "").split()
        assert {"href": f"#{attributes['id']}"} in page.all("a")
    summaries = [attributes for attributes in page.all("div") if attributes.get("class") == "errors"]
    assert [("autofocus" in one, one.get("tabindex")) for one in summaries] == [(True, "-1")] * bool(invalid)


def test_help_is_on_every_patient_page_and_calls_the_practice(name: str, page: Outline) -> None:
    if name.startswith("error-"):
        return
    assert {"class": "phone", "href": "tel:+15550140110"} in page.all("a")
    assert PRACTICE.name in HTML[name] or name == "bill-long"


def test_pages_read_at_grade_six_or_below(page: Outline) -> None:
    read = "\n".join(text for where, text in page.texts if where not in {"title", "address", "td", "th", "span", "dd"})
    assert grade(read) <= 6


@pytest.mark.parametrize(
    "name", ["open-link", "open-code", "open-wrong", "call-expired", "call-locked", "call-not-found"]
)
def test_before_the_check_a_page_shows_the_practice_and_no_name_or_amount(name: str) -> None:
    assert "Juniper Family Medicine" in HTML[name]
    assert "$" not in HTML[name]
    assert "Osei" not in HTML[name]
    assert "STM-" not in HTML[name]


def test_a_link_asks_for_the_date_of_birth_alone() -> None:
    asked = [attributes["name"] for attributes in Outline(HTML["open-link"]).all("input")]
    assert asked == ["birth_month", "birth_day", "birth_year"]
    with_code = [attributes["name"] for attributes in Outline(HTML["open-code"]).all("input")]
    assert with_code == ["bill_code", *asked]


def test_the_check_can_be_filled_by_the_browser() -> None:
    inputs = {attributes["name"]: attributes for attributes in Outline(HTML["open-code"]).all("input")}
    assert [inputs[f"birth_{part}"]["autocomplete"] for part in ("month", "day", "year")] == [
        "bday-month",
        "bday-day",
        "bday-year",
    ]
    assert "maxlength" not in inputs["bill_code"]


@pytest.mark.parametrize("name", BILLS)
def test_the_lines_of_a_bill_sum_on_the_page_itself(name: str) -> None:
    """Reads the printed amounts back: what is subtracted from the price leads to each total shown."""
    html = HTML[name]
    story = html[html.index('<div class="sum">') : html.index('aria-labelledby="what"')]
    lines = re.findall(r'<div(?: class="(\w+)")?>\s*<dt>.*?</dt>\s*<dd>([^<]+)</dd>', story, re.DOTALL)
    running = 0
    for position, (kind, amount) in enumerate(lines[: [kind for kind, _ in lines].index("total") + 1]):
        cents = int(re.sub(r"[^\d]", "", amount)) * (-1 if amount.startswith("\u2212") else 1)
        if kind in {"subtotal", "total"}:
            assert abs(running) == cents
        else:
            running += cents
            assert (cents > 0) == (position == 0)
    view = PAGES[name][1]
    assert isinstance(view, views.BillPage)
    assert running == view.balance_cents


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("bill-owed", "You owe $86.40"),
        ("bill-pending", "Nothing to pay yet"),
        ("bill-no-visit", "Nothing to pay"),
        ("bill-paid", "All paid"),
        ("bill-credit", "You have a credit of $13.60"),
    ],
)
def test_the_first_heading_answers_what_is_owed(name: str, answer: str) -> None:
    heading = re.search(r"<h1.*?</h1>", HTML[name], re.DOTALL)
    assert heading is not None
    assert " ".join(re.sub(r"<[^>]+>", " ", heading[0]).split()) == answer


def test_a_visit_without_a_provider_on_record_reads_well() -> None:
    assert "for your visit on October 21, 2026" in HTML["bill-no-provider"]
    assert "visit with" not in HTML["bill-no-provider"]


def test_a_service_without_a_share_says_that_its_amount_is_the_full_price() -> None:
    assert HTML["bill-pending"].count("<small>The full price</small>") == 3
    assert "<small>The full price</small>" not in HTML["bill-owed"]


def test_only_an_owed_bill_offers_to_pay() -> None:
    offers = {name for name in BILLS if 'href="/pay"' in HTML[name]}
    assert offers == {"bill-owed", "bill-owed-large", "bill-long", "bill-no-plan"}


def test_an_unknown_code_shows_itself_with_a_promise() -> None:
    assert "Your plan gave the code PR-999. Call us and we will tell you more." in HTML["bill-long"]


def test_known_codes_wait_behind_one_tap() -> None:
    before, _, behind = HTML["bill-owed"].partition("<details")
    assert "CO-45" not in before
    assert "99214" not in before
    assert "CO-45" in behind
    assert "99214" in behind


def test_the_words_in_the_page_are_text_even_when_a_name_looks_like_markup() -> None:
    assert "Women’s Health" in HTML["bill-long"]
    assert "<script" not in "".join(HTML.values())


def test_two_taps_carry_the_same_key() -> None:
    hidden = [attributes for attributes in Outline(HTML["pay"]).all("input") if attributes.get("type") == "hidden"]
    assert hidden == [{"type": "hidden", "name": "attempt_key", "value": "019aa4b0-demo"}]


def test_a_refused_amount_stays_in_its_field() -> None:
    typed = [attributes for attributes in Outline(HTML["pay-wrong"]).all("input") if attributes["name"] == "part"]
    assert typed[0]["value"] == "200"
    chosen = [attributes["value"] for attributes in Outline(HTML["pay-wrong"]).all("input") if "checked" in attributes]
    assert chosen == ["part"]


def test_a_small_balance_offers_no_part() -> None:
    choices = [
        attributes["value"] for attributes in Outline(HTML["pay-small"]).all("input") if attributes["name"] == "choice"
    ]
    assert choices == ["all"]


@pytest.mark.parametrize(("name", "left_cents"), [("receipt", 4640), ("receipt-full", 0)])
def test_a_receipt_has_its_number_and_what_is_left(name: str, left_cents: int) -> None:
    assert "R-48213" in HTML[name]
    assert f"<dd>{money(left_cents)}</dd>" in HTML[name]
    assert ("nothing left to pay" in HTML[name]) == (left_cents == 0)
    assert "<form" not in HTML[name]


@pytest.mark.parametrize("name", ["declined-card", "declined-expired", "declined-left"])
def test_a_payment_not_made_says_first_that_nothing_was_taken(name: str) -> None:
    assert "No money was taken. You still owe $86.40." in HTML[name]


def test_larger_text_is_a_link_that_works_without_script() -> None:
    assert "Larger text" in HTML["bill-owed"]
    assert 'data-text="large"' not in HTML["bill-owed"]
    assert "Standard text" in HTML["bill-owed-large"]
    assert 'data-text="large"' in HTML["bill-owed-large"]
