import hashlib
import re
from importlib.resources import files

import pytest

from ui.static_files import PREFIX, all_static, find_static, static_url

FOLDER = files("ui") / "static"


def test_addresses_carry_the_hash_of_what_they_serve_and_may_be_kept_for_ever() -> None:
    for file in all_static():
        digest = re.search(r"\.([0-9a-f]{12})\.\w+$", file.url)
        assert digest is not None
        assert hashlib.sha256(file.content).hexdigest().startswith(digest[1])
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert find_static(file.url) is file


def test_the_style_sheet_loads_fonts_by_their_hashed_addresses() -> None:
    sheet = find_static(static_url("app.css"))
    assert sheet is not None
    loaded = re.findall(r'url\("([^"]+)"\)', sheet.content.decode())
    assert len(loaded) == 3
    assert all(find_static(url) for url in loaded)


@pytest.mark.parametrize("url", ["/static/app.css", "/static/app.000000000000.css", "/static/../pages.py", PREFIX, ""])
def test_any_other_address_has_no_file(url: str) -> None:
    assert find_static(url) is None


def test_a_page_cannot_name_a_file_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        static_url("app.js")


def test_fonts_are_the_files_that_were_reviewed_and_bring_their_license() -> None:
    listed = dict(
        reversed(line.split())
        for line in (FOLDER / "fonts" / "SHA256SUMS").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    present = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (FOLDER / "fonts").iterdir()
        if file.name != "SHA256SUMS"
    }
    assert listed == present
    assert {"inter-OFL.txt", "atkinson-hyperlegible-next-OFL.txt"} <= set(present)


def test_a_first_patient_page_loads_under_a_hundred_kilobytes() -> None:
    loaded = ("app.css", "favicon.svg", "fonts/atkinson-hyperlegible-next.woff2", "fonts/inter-figures.woff2")
    found = [find_static(static_url(name)) for name in loaded]
    assert sum(len(file.content) for file in found if file) < 100_000
