"""The table of docs/settings.md, made from the settings themselves: `python -m app.settings_doc > docs/settings.md`."""

import sys
from collections.abc import Iterator

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from kernel.settings import Settings

HEAD = """# Settings

Every setting is an environment variable, read once at start. Secrets have no default: outside production a missing one is made and
kept under `BILLWRIGHT_HOME/secrets`, readable by its owner alone; production names everything that is missing, easy to guess or stands
in for something, and refuses to start. `billwright doctor` names variables that look like settings and are none.

This page is made by `python -m app.settings_doc`; a test compares it with the code.
"""


def settings_markdown() -> str:
    """The whole page."""
    whole = Settings.model_construct()
    lines = [HEAD]
    lines += _table("General", "The installation as a whole.", "BILLWRIGHT_", whole, deep=False)
    for name, field in Settings.model_fields.items():
        group = getattr(whole, name)
        if isinstance(group, BaseModel):
            caption = " ".join((field.description or type(group).__doc__ or "").split())
            lines += _table(name.capitalize(), caption, f"BILLWRIGHT_{name.upper()}__", group)
    return "\n".join(lines)


def _table(title: str, caption: str, prefix: str, group: BaseModel, *, deep: bool = True) -> Iterator[str]:
    yield f"## {title}\n{caption}\n\n| variable | default | what it is |\n|---|---|---|"
    yield from _rows(prefix, group, deep=deep)
    yield ""


def _rows(prefix: str, group: BaseModel, *, deep: bool) -> Iterator[str]:
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if not isinstance(value, BaseModel):
            meaning = " ".join((field.description or "").split())
            yield f"| `{prefix}{name.upper()}` | {_default(field, value)} | {meaning} |"
        elif deep:
            yield from _rows(f"{prefix}{name.upper()}__", value, deep=deep)


def _default(field: FieldInfo, value: object) -> str:
    if isinstance(value, SecretStr) or field.annotation == dict[str, SecretStr]:
        return "secret"
    return f"`{value}`" if value not in (None, "") else "none"


if __name__ == "__main__":
    sys.stdout.write(settings_markdown())
