export const ui = {
  close: "Đóng",
} as const;
