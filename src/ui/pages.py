"""Pages: a template and a typed view make HTML, sent with headers that let nothing else in.

A template is named `package/file`, and lives in that package's `templates` folder: each portal keeps its pages beside
its code, and takes the layout and the macros from `ui/`. A template sees one name, `view`. What the view lacks is an
error, not an empty string.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from typing import Protocol

import msgspec
from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from ui import formatting
from ui.static_files import static_url


class Audience(StrEnum):
    """Who reads the page; the style sheet chooses type and density by it."""

    STAFF = "staff"
    PRACTICE = "practice"
    PATIENT = "patient"


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """What the base layout needs to know of every page."""

    audience: Audience
    language: str = "en"
    skip_words: str = "Skip to main content"
    large_text: bool = False


class View(Protocol):
    """Any typed value that carries a shell can be rendered."""

    @property
    def shell(self) -> Shell: ...


def render(template: str, view: View) -> str:
    """The whole page as HTML.

    Raises jinja2.TemplateNotFound for an unknown template and jinja2.UndefinedError for a name the view does not have.
    """
    return _environment().get_template(template).render(view=view)


def page_headers(*, checkout_origin: str | None = None) -> dict[str, str]:
    """Headers of every HTML page: nothing from elsewhere, no frame, no copy kept, no address passed on.

    `checkout_origin`, such as `https://checkout.example`, is where a form's answer may lead besides our own pages.
    Browsers apply `form-action` to the redirect that follows a form, so the pay page cannot reach the checkout
    without it. Under `no-referrer` browsers send `Origin: null` with our own forms, so a guard against foreign forms
    reads `Sec-Fetch-Site` instead.
    """
    form_targets = f"'self' {checkout_origin}" if checkout_origin else "'self'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def fill(text: str, **values: object) -> Markup:
    """`"Pay {amount}"` with its blanks filled; text and values are escaped, except values that are markup already."""
    return Markup(escape(text)).format(**values)  # noqa: S704 - both sides are escaped, as markupsafe documents


class _PackageTemplates(BaseLoader):
    """Finds `package/file` in the templates folder of that package."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        package, _, file = template.partition("/")
        if not file or find_spec(package) is None:
            raise TemplateNotFound(template)
        return _loader(package).get_source(environment, file)


@cache
def _loader(package: str) -> PackageLoader:
    return PackageLoader(package)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_PackageTemplates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static_url"] = static_url
    environment.filters.update(
        fill=fill,
        money=formatting.money,
        taken_off=formatting.taken_off,
        short_date=formatting.short_date,
        initials=formatting.initials,
        phone_link=formatting.phone_link,
    )
    return environment
