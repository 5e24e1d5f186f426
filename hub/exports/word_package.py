"""A Word file opened with care: it comes from outside, so nothing in it is believed before it is read within bounds.

No document type, no entity, no address outside the file is followed; what a part says of its own size does not count.
"""

import io
import zipfile
import zlib
from typing import Any, Final, TypeAlias

from lxml import etree

MOST_PARTS: Final = 5000
XML_BYTES: Final = 60 * 1024 * 1024
IMAGE_BYTES: Final = 40 * 1024 * 1024
ALL_BYTES: Final = 250 * 1024 * 1024
OLD_WORD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")

Element: TypeAlias = Any  # lxml ships no types


class NoWordFile(Exception):
    """It cannot be read as one."""


class Encrypted(NoWordFile):
    """With a password only."""


class TooMuch(Exception):
    """Unpacked it is larger than a text can be."""


class Package:
    def __init__(self, content: bytes) -> None:
        if content.startswith(OLD_WORD):
            raise Encrypted if ENCRYPTED in content else NoWordFile
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise NoWordFile from None
        self._names = {info.filename.lstrip("/"): info for info in self._zip.infolist()}
        if len(self._zip.infolist()) > MOST_PARTS:
            raise TooMuch
        self._left = ALL_BYTES
        found = [target for kind, target in self.relations("").values() if kind == "officeDocument"]
        self.main = found[0] if found else "word/document.xml"
        if self.main not in self._names:
            raise NoWordFile

    @property
    def names(self) -> set[str]:
        return set(self._names)

    def read(self, name: str, most: int) -> bytes | None:
        """None where there is no such part. Raises TooMuch, whatever the directory of the file says of its size."""
        info = self._names.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise Encrypted
        try:
            with self._zip.open(info) as part:
                content = part.read(min(most, self._left) + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            raise NoWordFile from None
        if len(content) > min(most, self._left):
            raise TooMuch
        self._left -= len(content)
        return content

    def xml(self, name: str) -> Element | None:
        content = self.read(name, XML_BYTES)
        if content is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            raise NoWordFile from None
        if root.getroottree().docinfo.doctype:
            raise NoWordFile
        return root

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """By their id: of which kind, and to which part of the file. Those that lead outside are left out."""
        folder, _, file = name.rpartition("/")
        root = self.xml(f"{folder}/_rels/{file}.rels".lstrip("/"))
        found: dict[str, tuple[str, str]] = {}
        for one in root if root is not None else ():
            target = str(one.get("Target") or "")
            if one.get("TargetMode") != "External" and target:
                place = target.lstrip("/") if target.startswith("/") else _joined(folder, target)
                found[str(one.get("Id"))] = (str(one.get("Type") or "").rpartition("/")[2], place)
        return found


def _joined(folder: str, target: str) -> str:
    parts = folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)


def tag(element: Element) -> str:
    """Without its namespace: Word's strict and usual files differ in nothing else that matters here."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def value(element: Element | None, name: str = "val") -> str | None:
    if element is None:
        return None
    for key, said in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(said)
    return None


def child(element: Element | None, *path: str) -> Element | None:
    for step in path:
        if element is None:
            return None
        element = next((one for one in element if tag(one) == step), None)
    return element


def is_on(element: Element | None) -> bool:
    """A switch such as w:b: there, and not switched off."""
    return element is not None and value(element) not in ("0", "false", "off", "none")


def whole(said: str | None, otherwise: int = 0) -> int:
    """A number of the file, within reason."""
    try:
        found = int(said or "")
    except ValueError:
        return otherwise
    return found if -1_000_000 < found < 1_000_000 else otherwise
