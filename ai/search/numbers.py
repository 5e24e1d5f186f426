"""Numbers of documents, `28/2024/QĐ-UBND`, in one spelling whatever way they were typed.

Kept as several keys, from the whole number to its parts a person may remember: number and year, number and kind.
"""

from __future__ import annotations

import re
import unicodedata

from ai.search.words import plain

# Số, ký hiệu: 28/2024/QĐ-UBND (of the year), 15/QĐ-BNV, 12/NQ-HĐND; spaces around the signs are common in scans.
_NUMBER = re.compile(
    r"(?<![\w/])(\d{1,5})\s*/\s*(?:((?:19|20)\d{2})\s*/\s*)?([A-Za-zĐđ]{1,6}(?:\s*[-–]\s*[A-Za-zĐđ]{1,10}){0,2})(?![\w])"
)
_BARE = re.compile(r"(?<![\w/])(\d{1,5})\s*/\s*((?:19|20)\d{2})(?![\w/])")
_DATE_BEFORE = re.compile(r"(?:\d\s*/\s*|ngày\s+|tháng\s+)$", re.IGNORECASE)
_KIND = {
    "nghi quyet": "nq",
    "quyet dinh": "qd",
    "to trinh": "ttr",
    "thong bao": "tb",
    "ke hoach": "kh",
    "bao cao": "bc",
    "chi thi": "ct",
    "cong van": "cv",
    "bien ban": "bb",
}
# Looked for in the folded text: `nghị quyết số 12`, `quyet dinh 28`.
_SPOKEN = re.compile(rf"(?<!\w)({'|'.join(_KIND)})(?:\s+so)?\s+(\d{{1,5}})(?![\d/.,]*\d)(?!\w)")


def document_numbers(text: str) -> list[str]:
    """All keys under which the numbers in a text may be asked for: whole, without the body, without the year."""
    keys: set[str] = set()
    for number, year, symbol in _found(text):
        keys.update(_keys(number, year, symbol))
    return sorted(keys)


def query_numbers(text: str) -> list[str]:
    """The keys a question asks for: the fullest of each number in it, nothing vaguer."""
    normal = unicodedata.normalize("NFC", text)
    keys = {_fullest(number, year, symbol) for number, year, symbol in _found(normal)}
    keys |= {f"{int(number)}/{year}" for number, year in _bare(normal)}
    keys |= {f"{int(number)}/{_KIND[kind]}" for kind, number in _SPOKEN.findall(plain(normal))}
    return sorted(keys)


def _found(text: str) -> list[tuple[str, str, str]]:
    return [(number, year, symbol) for number, year, symbol in _NUMBER.findall(unicodedata.normalize("NFC", text))]


def _bare(text: str) -> list[tuple[str, str]]:
    """`28/2024` alone; a month and year (`tháng 10/2024`, `5/10/2024`) is not the number of a document."""
    return [(found[1], found[2]) for found in _BARE.finditer(text) if not _DATE_BEFORE.search(text[: found.start()])]


def _symbol(symbol: str) -> list[str]:
    return [part.strip() for part in re.split(r"[-–]", plain(symbol))]


def _fullest(number: str, year: str, symbol: str) -> str:
    return "/".join(part for part in (str(int(number)), year, "-".join(_symbol(symbol))) if part)


def _keys(number: str, year: str, symbol: str) -> set[str]:
    plain_number, parts = str(int(number)), _symbol(symbol)
    keys = {_fullest(number, year, symbol), f"{plain_number}/{parts[0]}", f"{plain_number}/{'-'.join(parts)}"}
    if year:
        keys |= {f"{plain_number}/{year}", f"{plain_number}/{year}/{parts[0]}"}
    return keys
