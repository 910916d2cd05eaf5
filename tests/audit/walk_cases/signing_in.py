"""How routes about proving who one is succeed."""

import httpx
from tests.audit.walk_cases.world import Cases, World
from tests.plugins.web import PASSWORD
from tests.tenancy.identity.accounts import FACTOR, SESSION
from tests.tenancy.identity.test_passwords import FINISH, NEW, RESET, asked, link

CASES = Cases()


@CASES.of("POST /api/v1/session")
async def sign_in(world: World) -> httpx.Response:
    return await (await world.person()).give_password(world.web.visitor())


@CASES.of("POST /api/v1/session/second-factor")
async def answer_factor(world: World) -> httpx.Response:
    person = await world.person()
    await person.set_up_factor(await person.signed_in())
    client = world.web.visitor()
    await person.give_password(client)
    return await person.give_code(client, person.recovery_codes[0])


@CASES.of("POST /api/v1/session/end")
async def sign_out(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post(f"{SESSION}/end")


@CASES.of("POST /api/v1/session/password")
async def change_password(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    return await client.post(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": NEW})


@CASES.of("POST /api/v1/session/password-again")
async def give_password_again(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    return await client.post(f"{SESSION}/password-again", json={"password": PASSWORD})


@CASES.of("POST /api/v1/password-reset")
async def ask_for_a_new_password(world: World) -> httpx.Response:
    return await world.web.visitor().post(RESET, json={"email": (await world.person()).email})


@CASES.of("POST /api/v1/password-reset/finish")
async def set_a_new_password(world: World) -> httpx.Response:
    token = link(world.web, await asked(world.web, (await world.person()).email))
    return await world.web.visitor().post(FINISH, json={"token": token, "new_password": NEW})


@CASES.of("POST /api/v1/second-factor")
async def enroll_factor(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post(FACTOR)


@CASES.of("POST /api/v1/second-factor/confirm")
async def confirm_factor(world: World) -> httpx.Response:
    person = await world.person()
    return await person.set_up_factor(await person.signed_in())


@CASES.of("POST /api/v1/second-factor/recovery-codes")
async def new_recovery_codes(world: World) -> httpx.Response:
    person = await world.person()
    client = await person.signed_in()
    await person.set_up_factor(client)
    return await client.post(f"{FACTOR}/recovery-codes")


@CASES.of("POST /api/v1/second-factor/disable")
async def disable_factor(world: World) -> httpx.Response:
    person = await world.person()
    client = await person.signed_in()
    await person.set_up_factor(client)
    return await client.post(f"{FACTOR}/disable")


@CASES.of("POST /api/v1/sessions/{session_id}/end")
async def end_a_session(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    session = (await client.get("/api/v1/sessions")).json()["items"][0]["id"]
    return await client.post(f"/api/v1/sessions/{session}/end")


@CASES.of("POST /api/v1/sessions/end-others")
async def end_other_sessions(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post("/api/v1/sessions/end-others")
