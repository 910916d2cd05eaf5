"""The page of settings says what the code reads."""

from pathlib import Path

from app.settings_doc import settings_markdown
from kernel.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_the_settings() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_markdown(), (
        "run `python -m app.settings_doc > docs/settings.md`"
    )


def test_every_setting_says_what_it_is() -> None:
    page = settings_markdown()
    assert page.count("| `BILLWRIGHT_") > len(Settings.model_fields)
    assert [line for line in page.splitlines() if line.endswith("|  |")] == []


def test_no_secret_has_a_default() -> None:
    lines = [line for line in settings_markdown().splitlines() if "_KEY`" in line or "_SECRET`" in line]
    assert len(lines) >= 5
    assert [line for line in lines if "| secret |" not in line] == []
