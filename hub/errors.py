"""Refusals: answers a person may read. Everything else that goes wrong is a bug and answers 500.

A refusal has a status and a code; the web client owns the sentence in Vietnamese and English.
"""

from typing import Any, ClassVar

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

log = structlog.get_logger()


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details, with our ``code``."""

    type: str = "about:blank"
    title: str = ""
    status: int
    code: str
    detail: str | None = None


class Refusal(Exception):
    """An answer, not a failure. Subclasses name the rule that refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class BadRequest(Refusal):
    status, code = 400, "bad-request"


class NotSignedIn(Refusal):
    status, code = 401, "not-signed-in"


class Forbidden(Refusal):
    status, code = 403, "forbidden"


class NotFound(Refusal):
    status, code = 404, "not-found"


class Conflict(Refusal):
    status, code = 409, "conflict"


class TooLarge(Refusal):
    status, code = 413, "too-large"


class TooMany(Refusal):
    status, code = 429, "too-many"


class SecretItem(Conflict):
    """The item is marked Mật or above: no upload, captions, projector, search or export (Law 117/2025/QH15)."""

    code = "secret-item"


def _answer(problem: Problem) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type="application/problem+json")


def show_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    return _answer(
        Problem(title=type(refusal).__name__, status=refusal.status, code=refusal.code, detail=refusal.detail)
    )


# What Litestar itself refuses (validation, method, size …), in our words.
_CODES = {400: "bad-request", 401: "not-signed-in", 403: "forbidden", 404: "not-found", 405: "bad-method"}
_CODES |= {413: "too-large", 415: "bad-media-type", 429: "too-many"}


def show_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    detail = error.detail
    if isinstance(error, ValidationException) and error.extra:
        detail = "; ".join(f"{e.get('key', '')}: {e.get('message', '')}" for e in error.extra if isinstance(e, dict))
    code = _CODES.get(error.status_code, "bad-request" if error.status_code < 500 else "bug")
    if error.status_code == 403 and "CSRF" in detail:
        code = "csrf"
    return _answer(Problem(title=type(error).__name__, status=error.status_code, code=code, detail=detail or None))


def show_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Logged once, here; the person learns only that it is our fault."""
    log.exception("request.failed", method=request.method, path=request.url.path, exc_info=error)
    return _answer(Problem(title="Bug", status=HTTP_500_INTERNAL_SERVER_ERROR, code="bug"))
