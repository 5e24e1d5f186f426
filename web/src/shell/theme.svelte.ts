/** Day, night, or what the device says. The projector's theme belongs to one screen and is set there, on its own element. */
export type Theme = "day" | "night" | "system";

const KEY = "phien.theme";
const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

function remembered(): Theme {
  const kept = globalThis.localStorage?.getItem(KEY);
  return kept === "day" || kept === "night" ? kept : "system";
}

let chosen = $state<Theme>(remembered());

export function theme(): Theme {
  return chosen;
}

export function paint(next: Theme = chosen): void {
  chosen = next;
  if (next === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  const shown = next === "system" ? (dark?.matches ? "night" : "day") : next;
  document.documentElement.dataset["theme"] = shown;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", shown === "night" ? "#17140f" : "#fbf8f2");
}

export function startTheme(): () => void {
  paint();
  const follow = (): void => {
    if (chosen === "system") paint();
  };
  dark?.addEventListener("change", follow);
  return () => dark?.removeEventListener("change", follow);
}
