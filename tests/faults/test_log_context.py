"""Every line that a process writes about a request or a job says which one, for whom, and who caused it."""

import asyncio
import json
import logging
from pathlib import Path

import httpx
import pytest
import structlog
from tests.faults.processes import running, web_running
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of, request_id_of

from kernel.jobs.outbox import announce
from kernel.logging import configure_logging
from kernel.settings import Settings


@pytest.mark.slow
async def test_lines_of_a_request(settings: Settings, tenant: Tenant, web: Web, tmp_path: Path) -> None:
    email = await web.member(tenant, "biller")
    with web_running(settings, tmp_path) as (process, url):
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
            answer = await client.get(f"{base_of(tenant)}/claims")
        await asyncio.to_thread(process.wait_for, request_id_of(answer))
        lines = [json.loads(line) for line in process.said().splitlines() if request_id_of(answer) in line]
    assert lines != []
    for line in lines:
        assert line["route"] == "/api/v1/practices/{practice_id}/claims"
        assert (line["company_id"], line["practice_id"]) == (str(tenant.company_id), str(tenant.practice_id))
        assert {"user_id", "session_id", "method"} <= set(line)
    assert lines[-1]["status"] == 200
    assert email not in process.said()


@pytest.mark.slow
async def test_lines_of_a_job(settings: Settings, tenant: Tenant, tmp_path: Path) -> None:
    async with tenant.tx() as tx:
        await announce(tx, "test.topic.nobody.knows", {})
    with running(settings, "worker", tmp_path / "log") as process:
        said = await asyncio.to_thread(process.wait_for, "test.topic.nobody.knows")
    failed = [
        json.loads(line) for line in said.splitlines() if "job failed" in line and str(tenant.practice_id) in line
    ]
    assert failed != []
    for line in failed:
        assert (line["topic"], line["request_id"], line["user_id"]) == (
            "test.topic.nobody.knows",
            "test",
            str(tenant.user_id),
        )
        assert (line["company_id"], line["practice_id"]) == (str(tenant.company_id), str(tenant.practice_id))
        assert {"job_id", "attempt", "state", "error_at"} <= set(line)


def test_a_librarys_line_has_the_context_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        configure_logging()
        with structlog.contextvars.bound_contextvars(request_id="r-1", topic="edi.835.received"):
            try:
                raise ValueError("born 1980-02-29")
            except ValueError:
                logging.getLogger("some.library").exception("could not read %s", "Petra Marlowe")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    said = capsys.readouterr().out
    line = json.loads(said)
    assert (line["request_id"], line["topic"], line["name"]) == ("r-1", "edi.835.received", "some.library")
    assert line["error"] == "ValueError"
    assert line["error_at"].startswith("test_log_context:")
    assert "Petra" not in said
    assert "1980" not in said
