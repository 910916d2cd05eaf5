"""The examples of docs/api.md, run in a shell against the real server: each answers what the page shows."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.api.encounter_files import csv_bytes
from tests.api.server import serving
from tests.factories.claims import Visit, build, open_clinic
from tests.interop.encounter_rows import row
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD

from kernel.ids import new_id
from kernel.settings import Settings
from tenancy.public import NewMember, add_member

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
ANYTHING = "…"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
MARK = "=== example ==="
TOOLS = ("bash", "curl", "jq")


def examples(page: str) -> list[tuple[str, str, str]]:
    """Each example of a shell with the kind and text of the answer that follows it."""
    fences = [(found[1], found[2]) for found in FENCE.finditer(page)]
    pairs = zip(fences[::2], fences[1::2], strict=True)
    return [(command, kind, answer) for (_, command), (kind, answer) in pairs]


def fits(shown: Any, told: Any) -> bool:
    """Whether an answer is what is shown, but for what stands there as "…"."""
    if isinstance(shown, dict) and isinstance(told, dict):
        return shown.keys() == told.keys() and all(fits(value, told[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(told, list):
        return len(shown) == len(told) and all(fits(*pair) for pair in zip(shown, told, strict=True))
    if isinstance(shown, str) and isinstance(told, str):
        return re.fullmatch(re.escape(shown).replace(ANYTHING, ".+"), told) is not None
    return bool(shown == told)


def values(text: str) -> list[Any]:
    """The JSON values in a text, one after the other."""
    found, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


async def session(script: str, folder: Path, environment: dict[str, str]) -> str:
    """What a shell says that runs all of a script."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    shell = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={"PATH": os.environ["PATH"], **environment}, stdout=-1, stderr=-1
    )
    said, failed = await shell.communicate()
    assert shell.returncode == 0, said.decode() + failed.decode()
    return said.decode()


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="needs bash, curl and jq")
async def test_every_example_of_the_page_answers_what_the_page_shows(
    settings: Settings, tenant: Tenant, tmp_path: Path
) -> None:
    clinic = await open_clinic(tenant)
    names = ("Marlowe", "Delacroix", "Okaforson")
    await build(clinic, *(Visit(number=f"E-{name}", patient={"last_name": name}) for name in names))
    email = f"biller-{new_id()}@northgate.example"
    async with tenant.tx() as tx:
        roles = {tenant.practice_id: "biller"}
        await add_member(tx, NewMember(email=email, display_name="Ana Ruiz", password=PASSWORD, roles=roles))
    (tmp_path / "visits.csv").write_bytes(csv_bytes(row("E-1")))
    shown = examples(PAGE.read_text(encoding="utf-8"))
    script = f"\necho; echo '{MARK}'\n".join(command for command, _, _ in shown)
    with serving(settings) as server:
        environment = {
            "BILLWRIGHT": f"http://127.0.0.1:{server.port}",
            "PRACTICE": str(tenant.practice_id),
            "EMAIL": email,
            "PASSWORD": PASSWORD,
        }
        said = (await session(script, tmp_path, environment)).split(MARK)
    assert len(said) == len(shown) >= 9
    for (command, kind, answer), told in zip(shown, said, strict=True):
        if kind == "json":
            assert fits(values(answer), values(told)), (command, told)
        else:
            assert fits(answer.strip(), told.strip()), (command, told)


@pytest.mark.parametrize(
    ("shown", "told"),
    [({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 2}), ([], [1]), ("a …", "b c"), ("200", "2000"), ("…", 7)],
)
def test_an_answer_that_differs_is_noticed(shown: Any, told: Any) -> None:
    assert fits(shown, shown)
    assert not fits(shown, told)
