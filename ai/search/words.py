"""Vietnamese words as search sees them: syllables, with their diacritics and without.

A syllable is the unit, not a segmented word: segmentation lowered recall when it was measured. Text is NFC everywhere;
đ is a letter of its own and has no combining mark, so it is folded by hand.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40  # characters of a syllable that are kept; longer ones are addresses and noise
FOLDED = "~"  # marks the lexeme of a syllable without its diacritics

_SYLLABLE = re.compile(r"[^\W_]+")
_FOLD = str.maketrans({"đ": "d", "Đ": "D"})

# Words of grammar: they say nothing of what a text is about, so they are not marked and do not choose candidates.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """và của là các những một cho về trong với được tại có đã đang sẽ do từ đến theo này đó để khi nào gì sao thế
        như hay hoặc nếu thì mà ở ra vào lên xuống bị bởi cũng còn chưa không rằng nên vì ai đâu bao nhiêu
        mấy ta tôi chúng ông bà anh chị nhé ạ à ơi""",
    )
)


def plain(text: str) -> str:
    """Lower case without diacritics, letter for letter: as long as its NFC input is."""
    return "".join(_plain_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _plain_letter(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    base = unicodedata.normalize("NFD", letter.translate(_FOLD))[0].lower()
    return base if len(base) == 1 else letter


def syllables(text: str) -> list[str]:
    return [found[:LONGEST] for found in _SYLLABLE.findall(unicodedata.normalize("NFC", text).lower())]


def has_diacritics(text: str) -> bool:
    normal = unicodedata.normalize("NFC", text).lower()
    return plain(normal) != normal


def lexemes(text: str) -> list[str]:
    """What the index of words holds of a text: each syllable as it is written and as it is typed in a hurry."""
    found = set(syllables(text))
    return sorted(found | {FOLDED + plain(each) for each in found})
