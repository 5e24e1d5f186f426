"""The city in ``compose.yaml``: it names servers and settings that exist. Parsed, not run: CI has no engine."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub import VERSION
from hub.settings import PREFIX, load
from tests.house.installation import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("hub-1", "hub-2", "worker")
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()


def filled_in(value: str) -> str:
    """As compose reads ``${NAME:-default}`` and ``${NAME:?}``, with the example's values."""
    lines = (ROOT / "deploy" / "example.env").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?)?\}", lambda found: example.get(found[1]) or found[2], value)


def test_it_has_the_servers_a_city_runs() -> None:
    assert SERVICES["database"]["image"] == "pgvector/pgvector:pg18"
    assert SERVICES["bus"]["image"] == "valkey/valkey:9"
    assert SERVICES["broker"]["image"] == "eclipse-mosquitto:2"
    assert SERVICES["web"]["image"].startswith("nginx:")
    assert "whisperlive" in SERVICES["captions"]["image"]
    assert set(OURS) <= set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_it_names_is_one_of_ours_with_a_value_we_read(name: str) -> None:
    environ = {key: filled_in(str(value)) for key, value in SERVICES[name]["environment"].items()}
    assert [key for key in environ if key.startswith(PREFIX)]

    settings = load(environ)

    for server, setting in (("database", settings.database), ("bus", settings.redis), ("broker", settings.mqtt)):
        assert setting is not None
        assert f"@{server}" in setting
    assert settings.captions == "ws://captions:9090"


def test_the_example_names_every_variable_that_must_be_given() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "compose.yaml").read_text()))

    given = {line.split("=")[0] for line in (ROOT / "deploy" / "example.env").read_text().splitlines() if "=" in line}

    assert needed
    assert needed <= given


def test_every_file_it_mounts_is_here() -> None:
    mounted = [
        volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", []) if "./" in volume
    ]

    assert mounted
    assert [path for path in mounted if not (ROOT / path).is_file()] == []


def test_editors_of_one_document_meet_in_one_hub() -> None:
    documents = re.search(r"upstream documents \{(.*?)\}", NGINX, re.S)
    assert documents is not None

    assert "hash $uri consistent;" in documents[1]
    assert set(re.findall(r"server (\S+):8400", documents[1])) == {"hub-1", "hub-2"}
    assert re.search(r"location /ws/documents/ \{\s*proxy_pass http://documents;", NGINX)


def test_nginx_writes_no_token_down() -> None:
    log = re.search(r"log_format \w+ '([^']*)'", NGINX)
    assert log is not None

    assert "$request " not in log[1]
    assert "$request_uri" not in log[1]
    assert "$uri" in log[1]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_reads_its_configuration(tmp_path: Path) -> None:
    local = NGINX.replace("hub-1:", "127.0.0.1:").replace("hub-2:", "127.0.0.2:")
    (tmp_path / "nginx.conf").write_text(local)

    ran = subprocess.run(
        ["nginx", "-t", "-e", tmp_path / "errors", "-c", tmp_path / "nginx.conf", "-g", f"pid {tmp_path}/pid;"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_scripts_of_the_deployment_are_readable_by_a_plain_shell() -> None:
    for script in (ROOT / "deploy" / "mosquitto-start.sh", ROOT / "run", ROOT / ".ci" / "run"):
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0, script
    assert os.access(ROOT / "run", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_version_is_told_once() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
