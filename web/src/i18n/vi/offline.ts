/** What is said while there is no network, and of what this device keeps for it. */
export const offline = {
  away: "Đang không có mạng.",
  hub_away: "Chưa kết nối được với máy chủ.",
  kept: "Dữ liệu lúc {time}.",
  kept_day: "Dữ liệu lúc {time} ngày {day}.",
  nothing_sent: "Những gì đã mở vẫn xem và sửa được; thay đổi sẽ gửi đi khi có mạng.",
  waiting: "{n} văn bản có sửa đổi chưa gửi.",
  notes_waiting: "{n} ghi chú chưa gửi.",
  here: "Mở được khi không có mạng",
  sent: "Đã gửi sửa đổi viết lúc không có mạng ({n} văn bản).",
  not_taken: "Có sửa đổi trên thiết bị này mà máy chủ không nhận. Mở lại văn bản đó để xem và chép lại phần cần giữ.",
  shared: "Đây là máy dùng chung",
  shared_hint: "Không giữ dữ liệu phiên họp trên máy này. Trang sẽ không mở được khi mất mạng.",
} as const;
