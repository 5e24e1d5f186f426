"""What was found, as lines while it runs and as one table of ratios at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

Results = dict[tuple[str, str], list[dict[str, Any]]]
OURS = "phien"

TARGETS: dict[str, list[tuple[str, str, float]]] = {
    "w1": [("us", "hocuspocus", 0.75), ("us", "y-websocket", 0.8)],
    "w2-30": [("us", "hocuspocus", 0.3)],
    "w2-60": [("us", "hocuspocus", 0.25)],
    "w2-100": [("us", "hocuspocus", 0.2)],
    "w3": [("us", "hocuspocus", 0.45), ("us", "y-websocket", 0.8)],
    "join": [("wall", "hocuspocus", 0.4), ("server", "hocuspocus", 0.3)],
}
"""The most that ours may take of what a peer takes."""


def line(number: int, work: str, server: str, found: dict[str, Any]) -> str:
    head = f"{number + 1}  {work:<12}{server:<20}"
    if "wall" not in found:
        return f"{head}failed: {found['wrong']}"
    return (
        head
        + "  ".join(f"{name} {show(found)}" for name, show in columns_of(work))
        + (f"  WRONG: {found['wrong']}" if found["wrong"] else "")
    )


def _p(which: str) -> Callable[[dict[str, Any]], str]:
    return lambda found: "/".join(f"{found.get(which, {}).get(p, 0):.1f}" for p in ("p50", "p95", "p99"))


def columns_of(work: str) -> list[tuple[str, Callable[[dict[str, Any]], str]]]:
    if work == "join":
        return [
            ("one ms", lambda f: f"{f['one_ms']:.1f}"),
            ("one CPU ms", lambda f: f"{f['one_cpu_ms']:.1f}"),
            ("200 at once s", lambda f: f"{f['wall']:.2f}"),
            ("CPU s", lambda f: f"{f['server']:.2f}"),
            ("services s", lambda f: f"{f['services']:.2f}"),
            ("RSS MB", lambda f: f"{f['mb']:.0f}"),
        ]
    if work.startswith("stalled"):
        return [("grown MB", lambda f: f"{f['grown_mb']:.1f}"), ("others p50/95/99 ms", _p("edits_ms"))]
    return [
        ("µs a delivery", lambda f: f"{f['us']:.2f}"),
        ("services µs", lambda f: f"{f['us_services']:.2f}"),
        ("edits p50/95/99 ms", _p("edits_ms")),
        ("RSS MB", lambda f: f"{f['mb']:.0f}"),
        ("grown MB", lambda f: f"{f['grown_mb']:.0f}"),
        ("generator", lambda f: f"{f['generator'] * 100:.0f} %"),
    ]


def whole(found: Results) -> str:
    lines: list[str] = []
    for work in dict.fromkeys(work for work, _ in found):
        columns = columns_of(work)
        lines += ["", f"{work:<20}" + "  ".join(f"{name:>20}" for name, _ in columns) + "      ours/its  converged"]
        for server in (server for w, server in found if w == work):
            lines.append(_row(work, server, columns, found))
        lines += _verdicts(work, found)
    return "\n".join(lines)


def _row(work: str, server: str, columns: list[tuple[str, Any]], found: Results) -> str:
    results = [r for r in found[work, server] if "wall" in r]
    if not results:
        return f"{server:<20}{found[work, server][0]['wrong']}"
    middle = _middle(results)
    ratio = "" if server == OURS else f"{_ratio(work, server, found):.2f}"
    wrong = {r["wrong"] for r in results} - {""}
    tail = f"  {ratio:>12}  {'; '.join(sorted(wrong)) or f'yes, {len(results)} times'}"
    return f"{server:<20}" + "  ".join(f"{show(middle):>20}" for _, show in columns) + tail


def _middle(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Of every figure the median over the rounds."""
    return {
        key: {p: median(r[key].get(p, 0.0) for r in results) for p in value}
        if isinstance(value, dict)
        else value
        if isinstance(value, str)
        else median(r[key] for r in results)
        for key, value in results[0].items()
    }


def _figure(work: str) -> str:
    return "server" if work == "join" else "grown_mb" if work.startswith("stalled") else "us"


def _ratio(work: str, server: str, found: Results, figure: str | None = None) -> float:
    """Not a number where one of the two has none, or a peer died before it was driven and took no time at all."""
    ours, its = (_of(found.get((work, each), ()), figure or _figure(work)) for each in (OURS, server))
    return ours / its if its else float("nan")


def _of(results: Iterable[dict[str, Any]], figure: str) -> float:
    values = [r[figure] for r in results if figure in r]
    return median(values) if values else float("nan")


def _verdicts(work: str, found: Results) -> list[str]:
    said = []
    for figure, peer, most in TARGETS.get(work, []):
        if (work, peer) in found and (work, OURS) in found:
            ratio = _ratio(work, peer, found, figure)
            name = {"us": "CPU a delivery", "wall": "wall", "server": "CPU"}[figure]
            said.append(
                f"  {name} of {peer}'s: {ratio:.2f}, must be {most:.2f} or less: {'yes' if ratio <= most else 'NO'}"
            )
    return said
