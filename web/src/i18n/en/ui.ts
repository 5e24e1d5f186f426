import type { ui as source } from "../vi/ui";

export const ui: Record<keyof typeof source, string> = {
  close: "Close",
};
