"""Every route leaves its event, over real HTTP: what succeeds, what is refused, and what is asked twice."""

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from tests.api.conftest import furnish
from tests.api.server import Server, serving
from tests.api.test_foreign_ids import how_much_it_ends, routes
from tests.audit.complete import COLUMNS, Event, lacks
from tests.audit.walk import CASES, NO_EVENT, succeed
from tests.audit.walk_cases.world import World, open_world
from tests.plugins.stripe_sandbox import StripeSandbox, WebhookReceiver
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import Web, base_of, request_id_of

from app.resources import Resources
from audit.keys import LocalSigners
from kernel.settings import Settings

MANY = {"address_per_second": 10_000.0, "address_burst": 10_000, "caller_per_second": 10_000.0, "caller_burst": 10_000}

Left = tuple[str, str, list[uuid.UUID], uuid.UUID | None]
"""Action, outcome, patients, practice."""


class HttpWeb(Web):
    """The application in a process of its own; its visitors come over a socket."""

    def __init__(self, app: Litestar, resources: Resources, server: Server) -> None:
        super().__init__(app, resources)
        self._url = f"http://127.0.0.1:{server.port}"

    def visitor(self) -> httpx.AsyncClient:
        """Somebody who has not signed in."""
        client = httpx.AsyncClient(base_url=self._url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60)
        self._clients.append(client)
        return client


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    """The card processor's stand-in; its own webhooks go to nobody of ours."""
    with WebhookReceiver() as receiver, StripeSandbox(tmp_path_factory.mktemp("stripe"), receiver.url) as running:
        yield running


@pytest.fixture(scope="module")
def server(settings: Settings, web_settings: Settings, sandbox: StripeSandbox) -> Iterator[Server]:
    """`billwright serve` with the stand-in."""
    # What the test process signs with, the server must check with.
    shutil.copytree(settings.home / "secrets", web_settings.home / "secrets", dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BILLWRIGHT_STRIPE__API_BASE", sandbox.url)
        environment.setenv("BILLWRIGHT_STRIPE__SECRET_KEY", "sk_test_x")
        environment.setenv("BILLWRIGHT_STRIPE__WEBHOOK_SECRET", sandbox.webhook_secret)
        with serving(web_settings, **MANY) as running:
            yield running


@pytest_asyncio.fixture
async def http(served: Litestar, resources: Resources, server: Server) -> AsyncIterator[HttpWeb]:
    """The web over sockets, with this test's own visitors."""
    made = HttpWeb(served, resources, server)
    yield made
    await made.close()


@pytest.fixture
async def world(http: HttpWeb, make_tenant: MakeTenant, sandbox: StripeSandbox, audit_signers: LocalSigners) -> World:
    return await open_world(http, make_tenant, sandbox, audit_signers)


@pytest.fixture
def left_by(settings: Settings, admin_url: str) -> Iterator["Log"]:
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}", autocommit=True) as admin:
        yield Log(admin)


class Log:
    """The audit log of all chains, read past row security."""

    def __init__(self, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        self._admin = admin

    def __call__(self, answer: httpx.Response) -> list[Left]:
        """What one request left."""
        return [(one.action, one.outcome, one.patient_ids, one.practice_id) for one in self.events(answer)]

    def events(self, answer: httpx.Response) -> list[Event]:
        """The same, whole."""
        rows = self._admin.execute(
            f"select {COLUMNS} from app.audit_event where request_id = %s and role <> 'job' order by recorded_at",
            [request_id_of(answer)],
        )
        return [Event(*one) for one in rows]  # type: ignore[arg-type]

    def lacking(self, answer: httpx.Response) -> list[tuple[str, str]]:
        """What the events of a request should say and do not."""
        return [(one.action, lack) for one in self.events(answer) for lack in lacks(one)]


def test_every_case_is_of_a_route(web: Web) -> None:
    assert set(CASES) | set(NO_EVENT) <= set(routes(web))
    assert all(NO_EVENT.values())


async def test_what_succeeds_leaves_its_event(world: World, left_by: Log) -> None:
    """A new route is called with the practice's own ids; if it needs more to succeed, say so in `walk_cases`."""
    unsuccessful, silent, noisy, nameless, lacking = {}, [], {}, [], {}
    patient = world.ids["patient_id"]
    for route in sorted(routes(world.web), key=how_much_it_ends):
        answer = await succeed(world, route)
        if answer.status_code >= 400:
            unsuccessful[route] = (answer.status_code, answer.text[:300])
        events = left_by(answer)
        if str(patient) in answer.text and not any(patient in patients for _, _, patients, _ in events):
            nameless.append(route)
        if found := left_by.lacking(answer):
            lacking[route] = found
        if route in NO_EVENT:
            noisy.update({route: events} if events else {})
        elif not any(outcome == "done" for _, outcome, _, _ in events):
            silent.append(route)
    assert unsuccessful == {}
    assert silent == []
    assert noisy == {}
    assert nameless == list(LOG_OF_OTHERS)
    assert lacking == {}


LOG_OF_OTHERS = (
    "GET /api/v1/practices/{practice_id}/audit/events",
    "GET /api/v1/practices/{practice_id}/audit/events/csv",
)
"""They show ids of patients in the events of others, as `who has seen a patient` says; they name the patient who was asked for."""

SHOWS_PATIENTS = (
    "GET /api/v1/practices/{practice_id}/claims",
    "GET /api/v1/practices/{practice_id}/claims/{claim_id}",
    "GET /api/v1/practices/{practice_id}/claims/{claim_id}/findings",
    "GET /api/v1/practices/{practice_id}/patients",
    "GET /api/v1/practices/{practice_id}/patients/{patient_id}",
    "GET /api/v1/practices/{practice_id}/patients/{patient_id}/coverages",
    "GET /bill/account",
    "GET /bill/pay",
    "GET /bill/payments/{payment_id}",
    "POST /bill/end",
)
"""Routes whose answer is about the world's patient."""


async def test_what_shows_a_patient_names_the_patient(world: World, left_by: Log) -> None:
    left = {route: left_by(await succeed(world, route)) for route in SHOWS_PATIENTS}
    named = {route: [world.ids["patient_id"] in patients for _, _, patients, _ in left[route]] for route in left}
    assert named == {route: [True] for route in SHOWS_PATIENTS}


async def test_files_and_remittances_name_the_patients_in_them(world: World, left_by: Log) -> None:
    files = (await world.admin.get(f"{world.base}/edi-files")).json()["items"]
    submitted = (await world.admin.post(f"{world.base}/claims/submit")).json()
    sent = await world.admin.get(f"{world.base}/edi-files/{submitted[0]['edi_file_id']}/content")
    remittances = (await world.admin.get(f"{world.base}/remittances")).json()["items"]
    paid = next(one for one in remittances if one["claims_posted"])
    address = f"{world.base}/remittances/{paid['id']}"
    shown = [sent, await world.admin.get(address), await world.admin.get(f"{address}/plan")]
    shown += [await world.admin.get(f"{world.base}/edi-files/{one['id']}/content") for one in files]
    named = [patients for answer in shown for _, _, patients, _ in left_by(answer)]
    assert len(named) == len(shown)
    assert [world.ids["patient_id"] in patients for patients in named[1:3]] == [True, True]
    assert len(named[0]) == 1


async def test_what_is_refused_leaves_its_event_although_it_rolled_back(
    http: HttpWeb, make_tenant: MakeTenant, left_by: Log
) -> None:
    ours, theirs = (
        await furnish(http, await make_tenant()),
        await furnish(http, await make_tenant(), folder="next-door"),
    )
    base, patient = base_of(ours.tenant), ours.ids["patient_id"]
    biller = await http.signed_in(ours.tenant, "biller")
    stranger = http.visitor()
    other_site = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    refused = {
        "no permission": (await biller.get("/api/v1/members"), 403),
        "another tenant's id": (await biller.get(f"{base}/patients/{theirs.ids['patient_id']}"), 404),
        "another tenant": (await biller.get(base_of(theirs.tenant)), 404),
        "nobody": (await stranger.get(f"{base}/patients/{patient}"), 401),
        "a bad key": (await stranger.get(f"{base}/claims", headers={"Authorization": "Bearer bw_none"}), 401),
        "another site": (await biller.post(f"{base}/claims/submit", headers=other_site), 403),
        "a bad value": (await biller.post(f"{base}/claims/submit", params={"payer_id": "x"}), 400),
    }
    assert {how: answer.status_code for how, (answer, _) in refused.items()} == {
        how: status for how, (_, status) in refused.items()
    }
    left = {how: left_by(answer) for how, (answer, _) in refused.items()}
    assert [left_by.lacking(answer) for answer, _ in refused.values()] == [[]] * len(refused)
    assert {how: [event[:2] for event in events] for how, events in left.items()} == {
        how: [("http.request.refused", "refused")] for how in refused
    }
    for how in ("another tenant's id", "another site", "a bad value"):
        assert left[how][0][3] == ours.tenant.practice_id
    assert left["another tenant"][0][3] is None  # nothing is written into a log of a practice one has no role in
    assert (await biller.get(f"{base}/patients/{patient}")).status_code == 200


async def test_an_answer_given_again_is_on_record(http: HttpWeb, make_tenant: MakeTenant, left_by: Log) -> None:
    one = await furnish(http, await make_tenant())
    admin = await http.signed_in(one.tenant, "administrator")
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    address = f"{base_of(one.tenant)}/edi-files/poll"
    first, again = [await admin.post(address, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert [event[0] for event in left_by(first)] == ["clearinghouse.poll.requested"]
    assert [event[0] for event in left_by(again)] == ["http.request.repeated"]
