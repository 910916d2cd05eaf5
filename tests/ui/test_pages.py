import msgspec
import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup
from tests.patient_portal.gallery import FRAME

from patient_portal import views
from ui.error_pages import ErrorWords, error_words
from ui.pages import Audience, Shell, fill, page_headers, render


class PageOf(views.ErrorPage, frozen=True, kw_only=True):
    """The error page, as any audience would be shown it."""

    audience: Audience = Audience.PATIENT

    @property
    def shell(self) -> Shell:
        return Shell(audience=self.audience, large_text=self.frame.large_text)


def page_of(said: ErrorWords, *, audience: Audience = Audience.PATIENT, large_text: bool = False) -> str:
    frame = msgspec.structs.replace(FRAME, large_text=large_text)
    page = PageOf(frame=frame, said=said, request_id="019aa4b0-7c1e", bill_url="/bill/account", audience=audience)
    return render("patient_portal/error.html", page)


class BareView(msgspec.Struct, frozen=True):
    shell: Shell


def test_every_audience_has_its_own_density_and_larger_text_is_decided_on_the_server() -> None:
    for audience in Audience:
        html = page_of(error_words(404), audience=audience, large_text=True)
        assert f'<html lang="en" data-app="{audience}" data-text="large">' in html
    assert "data-text" not in page_of(error_words(404), audience=Audience.STAFF)


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (404, "We cannot find that page"),
        (500, "Something went wrong on our side"),
        (503, "We cannot be reached right now"),
        (418, "We could not use what was sent"),
        (429, "That was too many tries at once"),
        (405, "We cannot find that page"),
        (502, "Something went wrong on our side"),
    ],
)
def test_error_pages_say_what_happened_and_which_request_it_was(status: int, title: str) -> None:
    html = page_of(error_words(status))
    assert f"<title>{title}</title>" in html
    assert f"<h1>{title}</h1>" in html
    assert "019aa4b0-7c1e" in html


def test_error_pages_say_whom_to_call_and_lead_back() -> None:
    html = page_of(error_words(404))
    assert 'href="tel:+15550140110"' in html
    assert 'href="/bill/account"' in html
    assert "You can ask for an interpreter" in html


def test_whatever_a_view_carries_is_text_and_never_markup() -> None:
    assert "<script" not in page_of(ErrorWords("</title><script>alert(1)</script>", "", ""))


def test_a_page_that_its_view_cannot_fill_is_an_error_and_not_a_gap() -> None:
    with pytest.raises((UndefinedError, AttributeError)):
        render("patient_portal/error.html", BareView(shell=Shell(audience=Audience.STAFF)))


@pytest.mark.parametrize("name", ["ui/missing.html", "nowhere/page.html", "error.html", "ui/../pages.py"])
def test_there_are_only_the_templates_that_packages_ship(name: str) -> None:
    with pytest.raises(TemplateNotFound):
        render(name, BareView(shell=Shell(audience=Audience.STAFF)))


def test_filling_a_text_escapes_the_text_and_its_values_but_not_markup() -> None:
    assert fill("<b> {name} {link}", name="<i>", link=Markup("<a>x</a>")) == "&lt;b&gt; &lt;i&gt; <a>x</a>"


def test_pages_let_nothing_in_from_elsewhere_and_are_kept_nowhere() -> None:
    headers = page_headers()
    policy = headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_may_lead_to_the_checkout_and_only_there() -> None:
    policy = page_headers(checkout_origin="https://checkout.example")["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.example;" in policy
    assert policy.count("https://") == 1
