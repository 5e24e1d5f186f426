"""A notice in words, for a letter or a text message. In Vietnamese: outside the page nobody has chosen a language."""

from datetime import datetime
from typing import Final

import msgspec

from hub.exports.letterhead import VIETNAM
from hub.notices.models import Delivery, NoticeKind

SAYS: Final[dict[NoticeKind, str]] = {
    "mention": "{by} nhắc tên ông (bà) trong bình luận",
    "reply": "{by} trả lời trao đổi của ông (bà)",
    "invited": "Mời họp",
    "invitation_changed": "Giấy mời họp thay đổi",
    "uninvited": "Thu hồi giấy mời họp",
    "emergency": "HỌP KHẨN",
    "invitation_accepted": "{by} xác nhận dự họp",
    "invitation_declined": "{by} báo vắng",
    "substitute_named": "Mời dự họp thay",
    "substitute_accepted": "Người dự thay đã được chấp nhận",
    "substitute_refused": "Người dự thay không được chấp nhận",
    "remind_attend": "Nhắc dự họp",
    "remind_answer": "Nhắc trả lời giấy mời",
    "remind_papers": "Nhắc gửi tài liệu họp",
    "papers_missing": "Còn thiếu tài liệu họp",
    "meeting_submitted": "{by} trình duyệt cuộc họp",
    "meeting_returned": "{by} trả lại cuộc họp",
    "meeting_approved": "{by} đã duyệt cuộc họp",
    "meeting_published": "Cuộc họp đã công bố",
    "meeting_changed": "Cuộc họp có thay đổi",
    "meeting_ended": "Cuộc họp đã kết thúc",
    "conclusion_to_confirm": "Có kết luận chờ xác nhận",
    "minutes_ready": "Biên bản họp đã xong",
    "papers_asked": "Được giao chuẩn bị tài liệu họp",
    "paper_submitted": "{by} gửi tài liệu chờ duyệt",
    "paper_returned": "Tài liệu bị trả lại",
    "paper_approved": "Tài liệu đã được duyệt",
    "paper_added": "Có tài liệu mới",
    "paper_changed": "Tài liệu đã thay đổi",
    "opinion_asked": "Được hỏi ý kiến trước cuộc họp",
    "opinion_given": "{by} gửi ý kiến trước cuộc họp",
    "opinion_answered": "{by} trả lời ý kiến của ông (bà)",
    "speech_called": "Mời phát biểu",
}
ASKS: Final[dict[NoticeKind, str]] = {
    "invited": "Đề nghị ông (bà) xác nhận dự họp hoặc báo vắng trong ứng dụng (phải đăng nhập):",
    "invitation_changed": "Đề nghị ông (bà) xem lại và trả lời trong ứng dụng (phải đăng nhập):",
    "emergency": "Đề nghị ông (bà) xác nhận đã nhận trong ứng dụng (phải đăng nhập):",
    "substitute_named": "Đề nghị ông (bà) xác nhận dự họp thay trong ứng dụng (phải đăng nhập):",
    "remind_answer": "Ông (bà) chưa trả lời giấy mời. Đề nghị trả lời trong ứng dụng (phải đăng nhập):",
    "papers_asked": "Đề nghị gửi tài liệu trước hết ngày ghi trong ngoặc. Xem trong ứng dụng (phải đăng nhập):",
    "paper_returned": "Đề nghị gửi bản khác. Xem trong ứng dụng (phải đăng nhập):",
    "remind_papers": "Đề nghị gửi tài liệu trước hết ngày ghi trong ngoặc. Xem trong ứng dụng (phải đăng nhập):",
}
OF_THE_FIRST_PAGE: Final[frozenset[NoticeKind]] = frozenset(
    {"papers_asked", "remind_papers", "paper_returned", "paper_approved"}
)
"""Who prepares a paper may know nothing else of a draft: what he owes stands on his first page."""
MESSAGE_LETTERS: Final = 300  # of a text message, two of them joined at most


class Words(msgspec.Struct, frozen=True):
    subject: str
    body: str


def words_of(delivery: Delivery, public_url: str) -> Words:
    """One line of subject, whatever a title holds: a new line there would begin another header."""
    said = SAYS[delivery.kind].format(by=delivery.by_name or "")
    about = " ".join((delivery.meeting_title or "").split())
    subject = f"{said}: {about}" if about else said
    first = delivery.meeting_id is None or delivery.kind in OF_THE_FIRST_PAGE
    link = public_url if first else f"{public_url}/hop/{delivery.meeting_id}"
    if delivery.way == "phone":
        parts = [subject, when(delivery.starts_at), _line(delivery.place)]
        return Words("", ", ".join(part for part in parts if part)[:MESSAGE_LETTERS] + f". {link}")
    lines = [f"Kính gửi ông (bà) {delivery.user_name},", "", f"{said}."]
    lines += [f"Nội dung: {delivery.words}"] if delivery.words else []
    lines += [""]
    lines += [f"Cuộc họp: {about}"] if about else []
    lines += [f"Thời gian: {when(delivery.starts_at)}"] if delivery.starts_at else []
    lines += [f"Địa điểm: {_line(delivery.place)}"] if delivery.place else []
    if delivery.kind != "uninvited":
        lines += ["", ASKS.get(delivery.kind, "Mở trong ứng dụng (phải đăng nhập):"), link]
    lines += ["", "Thư này do hệ thống Phiên gửi tự động; thư trả lời không được đọc."]
    return Words(subject, "\n".join(lines) + "\n")


def when(at: datetime | None) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y") if at else ""


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
