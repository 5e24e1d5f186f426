"""What every answer carries, what the page's places answer, and what supervisors ask."""

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support import Hub, transport


def visitor(hub: Hub) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport(hub.app), base_url="http://testserver")


@pytest.mark.parametrize("path", ["/api/me", "/healthz", "/api/khong-co", "/hop/abc"])
async def test_every_answer_says_what_a_browser_may_do(hub: Hub, path: str) -> None:
    async with visitor(hub) as http:
        answer = await http.get(path)

    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_an_unknown_api_path_is_a_problem_in_json_not_the_page(hub: Hub) -> None:
    async with visitor(hub) as http:
        answer = await http.get("/api/khong-co")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "/assets/../../app.py", "//etc/passwd"]
)
async def test_no_file_outside_the_page_is_served(hub: Hub, path: str) -> None:
    async with visitor(hub) as http:
        answer = await http.get(path)

    assert b"create_app" not in answer.content
    assert b"[project]" not in answer.content
    assert b"root:" not in answer.content


async def test_alive_and_ready_are_two_questions(hub: Hub) -> None:
    async with visitor(hub) as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")

    assert alive.json() == {"status": "alive"}
    assert ready.status_code == 200
    assert {"database": "up", "bus": "up"}.items() <= ready.json().items()


async def test_without_its_database_the_hub_is_alive_and_not_ready(hub: Hub, postgres: str, database: str) -> None:
    name = conninfo_to_dict(database)["dbname"]
    async with visitor(hub) as http:
        with psycopg.connect(postgres, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            alive, ready = await http.get("/healthz"), await http.get("/readyz")
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["database"]) == (503, "down")


async def test_the_schema_names_every_route_and_is_served_here(hub: Hub) -> None:
    async with visitor(hub) as http:
        schema = (await http.get("/schema/openapi.json")).json()

    operations = [op for path in schema["paths"].values() for op in path.values()]
    assert {"/api/me", "/api/meetings/{meeting_id}", "/api/sign-in"} <= set(schema["paths"])
    assert all(op.get("tags") for op in operations)
    assert len({op["operationId"] for op in operations}) == len(operations)


async def test_metrics_are_for_this_machine_only(hub: Hub) -> None:
    far = httpx.ASGITransport(transport(hub.app).app, client=("203.0.113.9", 4000))
    async with visitor(hub) as http, httpx.AsyncClient(transport=far, base_url="http://testserver") as stranger:
        here, there = await http.get("/metrics"), await stranger.get("/metrics")

    assert (here.status_code, there.status_code) == (200, 404)
    assert "phien" in here.text
