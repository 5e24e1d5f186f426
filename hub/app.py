"""The composition root: one page that lists every part of the hub, in the order they open.

What a test may want to replace is a keyword of `Contents`; nothing is patched.
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import Any

from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController

from hub import VERSION, auth, health, live, pages
from hub.agenda import routes as agenda
from hub.attendance import routes as attendance
from hub.broker import EmbeddedBroker
from hub.calendars import read_calendar
from hub.calendars import routes as calendars_routes
from hub.catalogues import routes as catalogues
from hub.clock import Clock, system_clock
from hub.comments import routes as comments_routes
from hub.comments.service import Comments
from hub.db import Database, provide_work
from hub.documents import routes as documents_routes
from hub.documents.service import Documents
from hub.equipment import routes as equipment
from hub.equipment.accounts import find_account
from hub.equipment.speaker import Rooms
from hub.errors import NotFound, Refusal, show_bug, show_http, show_refusal
from hub.exports import routes as exports
from hub.exports.child import Press
from hub.history import routes as history_routes
from hub.history.timeline import History
from hub.installation import Installation
from hub.invitations import routes as invitations
from hub.invitations.chores import chores_of
from hub.invitations.letters import Letters
from hub.jobs import Jobs
from hub.kit import routes as kit
from hub.meetings import listing
from hub.meetings import routes as meetings
from hub.meetings.showing import Screens
from hub.minutes import routes as minutes_routes
from hub.minutes.keeping import Minutes
from hub.notices import routes as notices
from hub.notices.live import NoticeLines
from hub.notices.post import Post
from hub.opinions import routes as opinions
from hub.organisation import routes as organisation
from hub.papers import own_routes
from hub.papers import routes as papers_routes
from hub.papers.checking import checker
from hub.papers.preparing import PaperWork
from hub.participants import routes as participants
from hub.preparing import routes as preparing
from hub.preparing.watch import ChangeWatch
from hub.reception import Reception
from hub.roles import routes as roles
from hub.search import Search
from hub.search import handlers as search_handlers
from hub.settings import Settings
from hub.speeches import routes as speeches
from hub.suggestions import routes as suggestions
from hub.tls import tls_context
from hub.transcripts import routes as transcripts
from hub.transcripts.captions import Captions
from hub.transcripts.microphone import QUIET_SECONDS
from hub.users import routes as users
from hub.votes import routes as votes
from hub.votes.casting import BallotBox
from hub.votes.papers import PaperBox
from hub.votes.timekeeper import Timekeeper
from hub.yearbook import routes as yearbook
from realtime import Bus, InProcessBus

BODY_BYTES = 12 * 1024 * 1024  # the largest thing sent whole is a picture


def from_this_machine(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Metrics are for a collector beside the hub (or behind a tunnel), not for the network."""
    if connection.client is None or not ip_address(connection.client.host).is_loopback:
        raise NotFound


def _mqtt_tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.mqtt_tls_cert is None or settings.mqtt_tls_key is None:
        return None
    return tls_context(settings.mqtt_tls_cert, settings.mqtt_tls_key)


class Metrics(PrometheusController):
    path = "/metrics"
    guards = [from_this_machine]  # noqa: RUF012  Litestar declares it an instance variable
    openmetrics_format = True
    include_in_schema = False


class Contents:
    """All of one hub that lives as long as it does: what handlers ask for by name; what opens and closes with it."""

    def __init__(
        self,
        settings: Settings,
        *,
        conninfo: str,
        installation: Installation,
        bus: Bus | None = None,
        clock: Clock = system_clock,
        background: bool = True,
        quiet_microphone_seconds: float = QUIET_SECONDS,
    ) -> None:
        """``bus`` None: this process is alone. ``background``: it also works on jobs."""
        self.settings, self.installation = settings, installation
        bus = bus if bus is not None else InProcessBus()
        db = Database(conninfo, bus, clock)
        reception = Reception(db)
        screens = Screens(db)
        lines = live.LiveLines(db, bus)
        documents = Documents(db, bus)
        history = History(db, bus)
        documents.on_stored.append(history.authors.note)
        watch = ChangeWatch(db)
        documents.on_stored.append(watch.note)
        parts = health.Parts(db, bus)
        search = Search(db, settings)
        parts.add("model", search.health)
        paper_work = PaperWork(db, settings)
        jobs = Jobs(db, search, papers=paper_work, work=background)
        press = Press()
        letters = Letters(db, settings, press)
        post = Post(settings.notify)
        jobs.also(*chores_of(db, settings, letters, post))
        broker = None if settings.mqtt else EmbeddedBroker(find_account(db), settings.mqtt_bind, _mqtt_tls(settings))
        rooms = Rooms(settings, db, bus, clock, installation, broker)
        parts.add("broker", rooms.state)
        ballots = BallotBox(db, installation)
        paper_box = PaperBox(db, ballots)
        minutes = Minutes(db, documents, work=background)
        captions = Captions(db, bus, settings.captions, quiet_seconds=quiet_microphone_seconds)
        parts.add("captions", captions.probe)
        self.named: dict[str, Any] = {
            "db": db,
            "bus": bus,
            "clock": clock,
            "reception": reception,
            "screens": screens,
            "lines": lines,
            "watch": watch,
            "notice_lines": NoticeLines(),
            "post_office": post,
            "letters": letters,
            "calendar": read_calendar(settings.calendar),
            "documents": documents,
            "comments": Comments(db, documents),
            "press": press,
            "search": search,
            "captions": captions,
            "parts": parts,
            "settings": settings,
            "installation": installation,
            "rooms": rooms,
            "jobs": jobs,
            "store": paper_work.store,
            "checker": checker(settings.clamd),
            "box": ballots,
            "paper_box": paper_box,
            "minutes": minutes,
        }
        self.life: list[AbstractAsyncContextManager[Any]] = [
            bus,
            db,
            reception,
            screens,
            lines,
            history,
            watch,
            documents,
            *([broker] if broker else []),
            rooms,
            search,
            post,
            jobs,
            captions,
            ballots,
            paper_box,
            Timekeeper(db, work=background),
            minutes,
        ]


class Held:
    """What the app's handlers are given now. Putting other contents in its place makes the same app another hub."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def give(self, name: str) -> Provide:
        return Provide(lambda: self.contents.named[name], sync_to_thread=False)

    @asynccontextmanager
    async def open(self, app: Litestar) -> AsyncGenerator[None]:
        async with AsyncExitStack() as opened:
            for part in self.contents.life:
                await opened.enter_async_context(part)
            yield


def create_app(contents: Contents) -> Litestar:
    """The hub over a migrated database."""
    held = Held(contents)
    settings, installation = contents.settings, contents.installation
    return Litestar(
        route_handlers=[
            *users.handlers,
            *organisation.handlers,
            *meetings.handlers,
            *listing.handlers,
            *calendars_routes.handlers,
            *catalogues.handlers,
            *preparing.handlers,
            *opinions.handlers,
            *participants.handlers,
            *agenda.handlers,
            *documents_routes.handlers,
            *roles.handlers,
            *suggestions.handlers,
            *comments_routes.handlers,
            *notices.handlers,
            *invitations.handlers,
            *history_routes.handlers,
            *exports.handlers,
            *search_handlers,
            *equipment.handlers,
            *kit.handlers,
            *attendance.handlers,
            *votes.handlers,
            *papers_routes.handlers,
            *own_routes.handlers,
            *speeches.handlers,
            *minutes_routes.handlers,
            *yearbook.handlers,
            *transcripts.handlers,
            live.live,
            *health.handlers,
            Metrics,
            pages.assets(),
            pages.home_page,
            pages.api_docs,
            pages.place,
        ],
        lifespan=[held.open],
        dependencies={
            "me": Provide(auth.provide_me),
            "visitor": Provide(auth.provide_visitor),
            "work": Provide(provide_work),
            **{name: held.give(name) for name in contents.named},
        },
        state=State({"held": held}),
        exception_handlers={Refusal: show_refusal, HTTPException: show_http, Exception: show_bug},
        csrf_config=CSRFConfig(
            secret=installation.key("csrf").hex(),
            cookie_name=f"phien_csrf_{installation.cookie_suffix}",
            header_name="x-csrf-token",
            cookie_httponly=True,
            cookie_secure=settings.secure,
        ),
        openapi_config=OpenAPIConfig(
            title="Phiên", version=VERSION, path="/schema", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        middleware=[PrometheusConfig(app_name="phien", group_path=True).middleware],
        before_send=[pages.add_headers],
        request_max_body_size=BODY_BYTES,
        logging_config=None,  # hub/logs.py
    )
