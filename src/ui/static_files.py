"""The style sheet, fonts and icon, under addresses that change with their content.

`/static/app.3f2a9c1b7d04.css` may be cached for ever: another content has another address. The font addresses inside
the style sheet are rewritten the same way, so one changed font changes the style sheet's address too.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

import msgspec

PREFIX = "/static/"
IMMUTABLE = "public, max-age=31536000, immutable"

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_FONTS = ("fonts/atkinson-hyperlegible-next.woff2", "fonts/inter-figures.woff2", "fonts/inter.woff2")
_STYLE_SHEET = "app.css"
_ICON = "favicon.svg"
_CSS_URL = re.compile(r'url\("([^"]+)"\)')


class StaticFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it is sent: its address, bytes and headers."""

    url: str
    content: bytes
    media_type: str

    @property
    def headers(self) -> dict[str, str]:
        """Cached for a year without asking again, never sniffed for another type."""
        return {
            "Content-Type": self.media_type,
            "Cache-Control": IMMUTABLE,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }


def static_url(name: str) -> str:
    """The address of `app.css`, `favicon.svg` or a font; KeyError when there is no such file."""
    return _by_name()[name].url


def find_static(url: str) -> StaticFile | None:
    """The file at this address, or None: an old or invented hash is an ordinary 404."""
    return _by_url().get(url)


def all_static() -> tuple[StaticFile, ...]:
    """Every file there is, for a server or an edge that wants to hold them all."""
    return tuple(_by_name().values())


@cache
def _by_name() -> dict[str, StaticFile]:
    folder = files("ui") / "static"
    found = {name: _hashed(name, (folder / name).read_bytes()) for name in (*_FONTS, _ICON)}
    sheet = (folder / _STYLE_SHEET).read_text("utf-8")
    sheet = _CSS_URL.sub(lambda match: f'url("{found[match[1]].url}")', sheet)
    found[_STYLE_SHEET] = _hashed(_STYLE_SHEET, sheet.encode("utf-8"))
    return found


@cache
def _by_url() -> dict[str, StaticFile]:
    return {file.url: file for file in _by_name().values()}


def _hashed(name: str, content: bytes) -> StaticFile:
    path = PurePosixPath(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    url = f"{PREFIX}{path.with_name(f'{path.stem}.{digest}{path.suffix}')}"
    return StaticFile(url=url, content=content, media_type=_MEDIA_TYPES[path.suffix])
