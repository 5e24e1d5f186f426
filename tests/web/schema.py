"""The page's types are the hub's own: ``python -m tests.web.schema`` writes web/src/api/schema.d.ts again."""

import json
import subprocess
import tempfile
from pathlib import Path
from uuid import UUID

from hub.app import Contents, create_app
from hub.installation import Installation
from hub.settings import Settings
from tests.everything import node_tools

WEB = Path(__file__).resolve().parents[2] / "web"
TYPES = WEB / "src" / "api" / "schema.d.ts"


def types() -> str:
    """What the hub as it is now would have in the page. No database is needed to say what the routes are."""
    with tempfile.TemporaryDirectory() as folder:
        contents = Contents(
            Settings(data=Path(folder)), conninfo="", installation=Installation(id=UUID(int=0), secret=b"\0" * 32)
        )
        app = create_app(contents)
        schema, written = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        schema.write_text(json.dumps(app.openapi_schema.to_schema()))
        tool = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
        subprocess.run([node_tools()[0], tool, schema, "-o", written], check=True, capture_output=True, timeout=60)
        return written.read_text()


if __name__ == "__main__":
    TYPES.write_text(types())
