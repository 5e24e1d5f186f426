"""The composition root: one page that lists every part of the hub, in the order they open.

What a test may want to replace is a keyword of ``create_app``; nothing is patched.
"""

from typing import Any

from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController

from hub import auth, health, live, pages
from hub.agenda import routes as agenda
from hub.clock import Clock, system_clock
from hub.db import Database, provide_work
from hub.errors import Refusal, show_bug, show_http, show_refusal
from hub.installation import Installation
from hub.meetings import routes as meetings
from hub.settings import Settings
from hub.users import routes as users
from realtime import Bus, InProcessBus

VERSION = "0.1.0"
BODY_BYTES = 12 * 1024 * 1024  # the largest thing sent whole is a picture


def given(value: Any) -> Provide:
    """A dependency that is one object for the life of the app."""
    return Provide(lambda: value, sync_to_thread=False)


class Metrics(PrometheusController):
    path = "/metrics"
    openmetrics_format = True
    include_in_schema = False


def create_app(
    settings: Settings,
    *,
    conninfo: str,
    installation: Installation,
    bus: Bus | None = None,
    clock: Clock = system_clock,
) -> Litestar:
    """The hub over a migrated database. ``bus`` None: this process is alone."""
    bus = bus if bus is not None else InProcessBus()
    db = Database(conninfo, bus, clock)
    lines = live.LiveLines(db, bus)
    parts = health.Parts(db, bus)
    return Litestar(
        route_handlers=[
            *users.handlers,
            *meetings.handlers,
            *agenda.handlers,
            live.live,
            *health.handlers,
            Metrics,
            pages.assets(),
            pages.home_page,
            pages.place,
        ],
        lifespan=[bus, db, lines],
        dependencies={
            "me": Provide(auth.provide_me),
            "visitor": Provide(auth.provide_visitor),
            "work": Provide(provide_work),
            "db": given(db),
            "bus": given(bus),
            "clock": Provide(lambda: clock, sync_to_thread=False),
            "lines": given(lines),
            "parts": given(parts),
            "settings": given(settings),
            "installation": given(installation),
        },
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
