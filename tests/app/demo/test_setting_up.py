"""The demonstration's company is set up anew at each start, over whatever somebody tried in it meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.processes import web_running
from tests.plugins.database import create_database, drop_database

from app.demo.day.setup import People, add_the_people, open_the_company, set_up
from app.demo.facts import load_facts
from app.providers import make_database
from kernel.secrets import LocalSecrets
from kernel.settings import Settings


@pytest.fixture
def own(settings: Settings, admin_url: str) -> Iterator[Settings]:
    """An installation without anybody in it."""
    installation = settings.model_copy(deep=True)
    installation.database.name = f"{settings.database.name}_set_up"
    create_database(admin_url, installation.database.name)
    yield installation
    drop_database(admin_url, installation.database.name)


async def test_a_practice_that_was_offboarded_is_left_alone(own: Settings, tmp_path: Path) -> None:
    people, database = People(load_facts(), LocalSecrets(tmp_path / "secrets")), make_database(own)
    try:
        with web_running(own, tmp_path) as (_, url):
            for working in ({"riverbend", "cedar-hill"}, {"riverbend"}):
                await open_the_company(database, people)
                assert set_up(people, url) == working
                await add_the_people(database, people, working)
                with people.at_work("administrator", url) as office:
                    practices = {one["slug"]: one for one in office.list("/api/v1/company/practices")}
                    address = f"/api/v1/company/practices/{practices['cedar-hill']['practice_id']}"
                    if practices["cedar-hill"]["status"] == "active":
                        body = {"digest": office.get(f"{address}/offboarding")["digest"], "reason": "tried it"}
                        office.post(f"{address}/offboard", json=body)
    finally:
        await database.close()
