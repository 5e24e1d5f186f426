"""The built page. Everything that is not ``/api``, ``/ws`` or a file of the page is a place inside it."""

from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.static_files import create_static_files_router
from litestar.types import Message, Scope

from hub.errors import NotFound

STATIC = Path(__file__).parent / "static"

MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

# No inline script anywhere. Styles: the editor places carets and column widths with style attributes.
CSP = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


async def add_headers(message: Message, scope: Scope) -> None:
    """On every answer, files and errors included; a handler's own header of the same name wins."""
    if message["type"] != "http.response.start":
        return
    headers: list[Any] = list(message.get("headers", []))
    present = {bytes(name).lower() for name, _ in headers}
    headers += [(name, value) for name, value in HEADERS if name not in present]
    if str(scope["path"]).startswith("/api/") and b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers


def _page(index: Path = STATIC / "index.html") -> Response[bytes]:
    if not index.exists():
        raise NotFound("the page was not built: see web/ and ./run")
    return Response(index.read_bytes(), media_type="text/html; charset=utf-8", headers={"cache-control": "no-cache"})


@get("/", include_in_schema=False, sync_to_thread=True)
def home_page() -> Response[bytes]:
    return _page()


@get("/api/docs", include_in_schema=False, sync_to_thread=True)
def api_docs() -> Response[bytes]:
    """The API's description to read and try, without any file from elsewhere."""
    return _page(STATIC / "api-docs" / "index.html")


@get("/{place:path}", include_in_schema=False, sync_to_thread=True)
def place(place: FromPath[str]) -> Response[bytes]:
    """A file of the page, or the page itself, which finds the place. Unknown names under /api are 404 in JSON."""
    name = place.lstrip("/")
    if name.startswith(("api/", "ws/", "schema/", "assets/")):
        raise NotFound
    file = (STATIC / name).resolve()
    if file.is_relative_to(STATIC) and file.is_file():
        return Response(
            file.read_bytes(),
            media_type=MEDIA.get(file.suffix, "application/octet-stream"),
            headers={"cache-control": "no-cache"},
        )
    return _page()


def assets() -> Any:
    """Files whose names carry their hash: kept by browsers for a year."""
    folder = STATIC / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    return create_static_files_router(
        path="/assets",
        directories=[folder],
        include_in_schema=False,
        cache_control=None,
        after_request=_immutable,
    )


async def _immutable(response: Response[Any]) -> Response[Any]:
    response.headers["cache-control"] = "public, max-age=31536000, immutable"
    return response
