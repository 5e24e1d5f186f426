"""What tests of papers say: ``send(person, bytes, …)`` sends in pieces, ``pdf("Trang một", "Trang hai")`` makes one."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import msgspec
import typst

from hub.papers.preparing import PaperWork
from tests.support import Hub, Person

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NONE = Path("/nowhere/soffice")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@cache
def pdf(*pages: str) -> bytes:
    """A PDF with these words, a page each."""
    source = "\n#pagebreak()\n".join(pages)
    return bytes(typst.compile(f'#set text(lang: "vi")\n{source}\n'.encode(), format="pdf"))


def docx(*paragraphs: str, type_: str = WORD, more: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """As small as a Word file can be; ``more`` are further parts of the package."""
    lines = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{type_}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="word/document.xml" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{NAMESPACE}"><w:body>{lines}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
        for name, content in more.items():
            package.writestr(name, content)
    return out.getvalue()


async def kind(person: Person) -> str:
    found = (await person.get("/api/paper-kinds")).json()
    return str(next(one["id"] for one in found if one["name"] == "Tờ trình"))


async def begin(person: Person, content: bytes, name: str, **where: Any) -> httpx.Response:
    body: dict[str, Any] = {"name": name, "size": len(content), **where}
    if "meeting_id" in where:
        body = {"kind_id": None, "title": "Tờ trình về ngân sách"} | body
        body["kind_id"] = body["kind_id"] or await kind(person)
    return await person.post("/api/paper-uploads", body)


async def piece(person: Person, upload: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    await person.csrf()
    return await person.http.put(f"/api/paper-uploads/{upload}?offset={offset}", content=content, headers=headers)


async def send(person: Person, content: bytes, name: str = "to-trinh.pdf", **where: Any) -> httpx.Response:
    """The answer of the first step that was refused, else of ``finish``."""
    begun = await begin(person, content, name, **where)
    if begun.status_code != 201:
        return begun
    upload = begun.json()["id"]
    for at in range(0, len(content), begun.json()["chunk"]):
        part = content[at : at + begun.json()["chunk"]]
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        sent = await piece(person, upload, at, part, **{"content-digest": f"sha-256=:{digest}:"})
        if sent.status_code != 200:
            return sent
    return await person.post(f"/api/paper-uploads/{upload}/finish")


async def prepare(hub: Hub, soffice: Path = NONE) -> None:
    """What a worker would do now, in a house without LibreOffice unless one is named."""
    work = PaperWork(hub.db, msgspec.structs.replace(hub.settings, soffice=soffice))
    for name in await work.waiting():
        await work.prepare(name)
