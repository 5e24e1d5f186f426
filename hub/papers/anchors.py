"""A passage found again in another version of its text.

Programs that read a PDF disagree on spaces and line ends, so letters alone are compared. The page's reader does the
same in ``web/src/features/papers/anchors.ts``.
"""

import unicodedata
from collections.abc import Mapping


def letters(text: str) -> str:
    """What two readers of one page agree on: no spaces, no soft hyphens, one spelling of each letter."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKC", text).casefold()
        if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc")
    )


def find_again(quote: str, before: str, after: str, page: int, pages: Mapping[int, str]) -> int | None:
    """The page on which the quote stands now: where it stands more than once, the place whose surroundings fit best,
    then the nearest. None: it is not there any more."""
    wanted, left, right = letters(quote), letters(before), letters(after)
    if not wanted:
        return page if page in pages else None
    best: tuple[int, int, int] | None = None
    for number, text in pages.items():
        said = letters(text)
        at = said.find(wanted)
        while at >= 0:
            fits = _shared(left[::-1], said[:at][::-1]) + _shared(right, said[at + len(wanted) :])
            rank = (-fits, abs(number - page), number)
            best = rank if best is None else min(best, rank)
            at = said.find(wanted, at + 1)
    return best[2] if best else None


def _shared(one: str, other: str) -> int:
    """How many letters two texts have in common from their beginning."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
