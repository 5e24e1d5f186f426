"""The first page of an exported meeting: HTML that opens from the unpacked folder, without script or network."""

from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

Links = dict[str, list[tuple[str, str]]]
"""(words, path in the folder)"""
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
ROLES: Final = {"chair": "Chủ trì", "secretary": "Thư ký", "delegate": "Đại biểu", "guest": "Khách mời"}
ATTENDANCE: Final = {
    "room": "có mặt", "online": "trực tuyến", "excused": "vắng có phép", "absent": "vắng không phép", "left": "ra về",
}  # fmt: skip
STYLE: Final = """
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; background: #fbf8f1; color: #211d17;
  font: 17px/1.6 "Times New Roman", Tinos, serif; }
h1 { font-size: 1.5rem; line-height: 1.35; }
h2 { margin-top: 2.2rem; font-size: 1.15rem; border-bottom: 1px solid #d8cfbf; }
h3 { margin-bottom: .2rem; font-size: 1rem; } table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .5rem; border: 1px solid #d8cfbf; text-align: left; vertical-align: top; }
code { font-size: .85em; overflow-wrap: anywhere; }
.note { padding: .6rem .9rem; border-left: 4px solid #9c1c1c; background: #fff; }
.said { white-space: pre-line; } a { color: #7a1414; } @media print { body { background: #fff; } }
"""


def index(record: dict[str, Any], links: Links, about: dict[str, Any]) -> bytes:
    """``links``: of a text, a paper or a vote by its id, its files. ``about``: head, closing, what was left out."""
    meeting = record["meeting"]
    title = escape(meeting["title"])
    parts = [
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>",
        f"<p>{escape(meeting['unit']['name'])}</p><h1>{title}</h1>",
        _facts(meeting),
        _state(record, about),
        _section("Nội dung và kết luận", _agenda(record, links)),
        _section("Câu hỏi, ý kiến, trao đổi", _opinions(record)),
        _section("Biểu quyết", _votes(record, links)),
        _section("Biên bản và dự thảo nghị quyết", _texts(record, links)),
        _section("Tài liệu của phiên họp", _papers(record, links)),
        _section("Thành phần", _people(record)),
        _section("Bản ghi lời", _spoken(links)),
        _section("Kiểm tra hồ sơ", _check(about)),
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>\n{content}" if content else ""


def when(moment: str | None) -> str:
    if moment is None:
        return "…"
    return datetime.fromisoformat(moment).astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def _facts(meeting: dict[str, Any]) -> str:
    return (
        f"<p>Địa điểm: {escape(meeting['place'])}<br>Bắt đầu: {when(meeting['began'])}"
        f"<br>Kết thúc: {when(meeting['ended'])}</p>"
    )


def _state(record: dict[str, Any], about: dict[str, Any]) -> str:
    words = (
        f"Hồ sơ đã khóa, SHA-256 của hồ sơ: <code>{about['record_hash']}</code>."
        if about["closed"]
        else "Hồ sơ CHƯA khóa: đây là bản sao tại thời điểm xuất, còn có thể thay đổi."
    )
    for one in record["left_out"]:
        words += (
            f"<br>Nội dung {one['item']} mang độ mật nên không có trong tệp này, cùng mọi tài liệu của nội dung đó."
        )
    for one in about["left_out"]:
        words += f"<br>{escape(one['what'])}: {escape(one['why'])}."
    return f'<p class="note">{words}</p>'


def _agenda(record: dict[str, Any], links: Links) -> str:
    rows = []
    beside: dict[str, list[str]] = {}
    for paper in record["papers"]:
        if paper.get("of_conclusion"):  # records frozen before there were such have no word of it
            said = f"{escape(paper['title'])} {_links(links, paper['id'])}".strip()
            beside.setdefault(paper["item_id"], []).append(said)
    for item in record["agenda"]:
        if "title" not in item:
            rows.append(f"<h3>{item['number']}. (nội dung mật)</h3>")
            continue
        rows.append(f"<h3>{item['number']}. {escape(item['title'])}</h3>")
        if item["presenter"]:
            rows.append(f"<p>Trình bày: {escape(item['presenter'])}</p>")
        if conclusion := item["conclusion"]:
            if conclusion["text"]:
                rows.append(f'<p class="said"><b>Kết luận:</b> {escape(conclusion["text"])}</p>')
            if conclusion["unconfirmed"]:
                rows.append(
                    f'<p class="said"><b>Dự thảo kết luận chưa được chủ tọa xác nhận:</b> '
                    f"{escape(conclusion['unconfirmed'])}</p>"
                )
        if item["id"] in beside:
            rows.append(f"<p><b>Kèm theo kết luận:</b> {'; '.join(beside[item['id']])}</p>")
    return "\n".join(rows)


def _opinions(record: dict[str, Any]) -> str:
    """Those on the record; one frozen before they were kept has none."""
    titles = {item["id"]: f"{item['number']}. {item['title']}" for item in record["agenda"] if "title" in item}
    rows, at = [], ""
    for one in record.get("opinions", []):
        if (title := titles.get(one["item_id"], "")) != at:
            at = title
            rows.append(f"<h3>{escape(title)}</h3>")
        kind = "Câu hỏi" if one["kind"] == "question" else "Ý kiến"
        place = "trong phiên họp" if one["in_sitting"] else "trước phiên họp"
        rows.append(f'<p class="said"><b>{escape(one["by"])}</b> ({kind}, {place}): {escape(one["text"])}</p>')
        rows += [
            f'<p class="said">↳ <b>{escape(said["by"])}</b>: {escape(said["text"])}</p>' for said in one["answers"]
        ]
    return "\n".join(rows)


def _votes(record: dict[str, Any], links: Links) -> str:
    rows = []
    for vote in record["votes"]:
        sentence = vote["result"]["sentence"]["vi"]
        rows.append(f"<h3>{escape(vote['question'])}</h3><p>{escape(sentence)} {_links(links, vote['id'])}</p>")
    return "\n".join(rows)


def _links(links: Links, key: str) -> str:
    return " · ".join(f'<a href="{escape(path)}">{escape(name)}</a>' for name, path in links.get(key, []))


def _texts(record: dict[str, Any], links: Links) -> str:
    rows = []
    for text in record["documents"]:
        name = text["title"] or ("Biên bản" if text["kind"] == "minutes" else "Dự thảo nghị quyết")
        rows.append(f"<li>{escape(name)}: {_links(links, text['id'])}<br><code>{text['text_hash']}</code></li>")
    return f"<ul>{''.join(rows)}</ul>" if rows else ""


def _papers(record: dict[str, Any], links: Links) -> str:
    rows = [
        f"<li>{escape(paper['kind'])}: {escape(paper['title'])} {_links(links, paper['id'])}</li>"
        for paper in record["papers"]
    ]
    return f"<ul>{''.join(rows)}</ul>" if rows else ""


def _people(record: dict[str, Any]) -> str:
    def stays(one: dict[str, Any]) -> str:
        told = [f"{ATTENDANCE[stay['state']]} từ {when(stay['since'])}" for stay in one["attendance"]]
        return "; ".join(told) or "chưa điểm danh"

    rows = "".join(
        f"<tr><td>{escape(one['name'])}</td><td>{escape(one['position'])}</td><td>{ROLES[one['role']]}</td>"
        f"<td>{stays(one)}</td></tr>"
        for one in record["people"]
    )
    return f"<table><tr><th>Họ và tên</th><th>Chức vụ</th><th>Vai trò</th><th>Có mặt</th></tr>{rows}</table>"


def _spoken(links: Links) -> str:
    found = _links(links, "spoken")
    return f"<p>Do máy nhận dạng, chưa được kiểm tra: {found}</p>" if found else ""


def _check(about: dict[str, Any]) -> str:
    return (
        f"<p>Chuỗi sự kiện đến sự kiện số {about['seq']}, mã đầu chuỗi <code>{about['head']}</code>. "
        "Mã này được in trên biên bản và trên biên nhận biểu quyết. Trên máy bất kỳ có Python 3.9 trở lên, mở cửa sổ "
        "lệnh tại thư mục này và chạy <code>python3 verify.py</code>: chương trình tính lại chuỗi, đếm lại các biểu "
        "quyết, so từng tệp và nêu tên sự kiện hoặc tệp đầu tiên đã bị sửa.</p>"
    )


READ_ME: Final = """\
HỒ SƠ PHIÊN HỌP: {title}

Mở index.html bằng trình duyệt để đọc; không cần mạng, không cần phần mềm khác.

Kiểm tra hồ sơ còn nguyên vẹn trên máy bất kỳ có Python 3.9 trở lên (không cần máy chủ của Phiên):

    python3 verify.py             trong thư mục đã giải nén
    phien verify TEN-TEP.zip      nơi có cài Phiên

index.html      trang đọc
ho-so.json      hồ sơ: chương trình, thành phần, ý kiến, kết luận, biểu quyết, văn bản, bản ghi lời
su-kien.json    chuỗi sự kiện của phiên họp, từ sự kiện đầu tiên
bieu-quyet/     mỗi biểu quyết một tệp, đủ để đếm lại từng lá phiếu; phiếu kín không có tên người
van-ban/        biên bản và dự thảo nghị quyết (PDF, DOCX)
tai-lieu/       tài liệu của phiên họp
loi-noi/        bản ghi lời do máy nhận dạng
manifest.json   danh mục tệp, mỗi tệp một mã SHA-256
verify.py       chương trình kiểm tra, chỉ dùng thư viện chuẩn của Python

Nội dung mang độ mật và mọi tài liệu của nội dung đó không có trong tệp này; index.html nêu rõ nội dung nào.
Hồ sơ có dữ liệu cá nhân (tên, ý kiến, lá phiếu công khai): chỉ giao cho người có thẩm quyền.
Chưa có chữ ký số. Mã của danh mục tệp: xem trong Phiên, mục Kết thúc của phiên họp này.
"""


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """As it reads in JSON: identifiers and moments are words."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return found
