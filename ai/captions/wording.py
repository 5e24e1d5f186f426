"""Capitals and final punctuation by rule, for a recogniser that knows neither.

Partials and finals get the same capitals, so that a caption does not change its face when it becomes final. Numbers
stay words: turning them into digits mangles document numbers.
"""

from __future__ import annotations

import re
import unicodedata

NAMES = """
Việt Nam|Hà Nội|Hải Phòng|Đà Nẵng|Huế|Cần Thơ|Thành phố Hồ Chí Minh|Hồ Chí Minh|An Giang|Bắc Ninh|Cà Mau|Cao Bằng|Đắk
Lắk|Điện Biên|Đồng Nai|Đồng Tháp| Gia Lai|Hà Tĩnh|Hưng Yên|Khánh Hòa|Lai Châu|Lạng Sơn|Lào Cai|Lâm Đồng|Nghệ An|Ninh
Bình|Phú Thọ|Quảng Ngãi|Quảng Ninh|Quảng Trị|Sơn La|Tây Ninh| Thái Nguyên|Thanh Hóa|Tuyên Quang|Vĩnh Long|Quốc
hội|Chính phủ|Thủ tướng|Hội đồng nhân dân|Ủy ban nhân dân|Mặt trận Tổ quốc|Đảng ủy|Nhà nước| Bộ Chính trị|Ban Chấp hành
Trung ương
"""
QUESTIONS = re.compile(
    r"(tại sao|vì sao|thế nào|bao giờ) .*"
    r"|.*(phải không|đúng không|được không|hay không|bao nhiêu|như thế nào|chưa ạ|không ạ|nhỉ|hả)"
    r"|.*\b(có|đã)\b.* (không|chưa)"
)


def _spelling(name: str) -> str:
    return re.escape(unicodedata.normalize("NFC", name).lower())


_LISTED = [" ".join(name.split()) for name in unicodedata.normalize("NFC", NAMES).split("|")]
_PROPER = {name.lower(): name for name in _LISTED}
_FIND = re.compile(
    r"(?<!\w)(" + "|".join(_spelling(name) for name in sorted(_PROPER, key=len, reverse=True)) + r")(?!\w)"
)


def written(words: str, *, over: bool, cut: bool = False, continues: bool = False) -> str:
    """The words of an utterance as one would write them. ``continues``: the utterance before it was cut, so this is no
    beginning.
    """
    words = " ".join(unicodedata.normalize("NFC", words).split())
    if not words:
        return ""
    text = _FIND.sub(lambda found: _PROPER[found.group(1)], words)
    if not continues:
        text = text[0].upper() + text[1:]
    if over and not cut and text[-1] not in ".?!…":
        text += "?" if QUESTIONS.fullmatch(words) else "."
    return text
