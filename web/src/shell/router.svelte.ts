/** The address bar, and nothing more: Vietnamese paths, one table, history kept by the browser. Links are plain <a href>; a click on one of ours is taken over in `App`. */

export type Place =
  | { name: "home" }
  | { name: "sign-in" }
  | { name: "link"; token: string }
  | { name: "new-meeting" }
  | { name: "meetings" }
  | { name: "meeting"; id: string }
  | { name: "wall"; id: string }
  | { name: "search" }
  | { name: "yearbook" }
  | { name: "notes" }
  | { name: "files" }
  | { name: "prepared" }
  | { name: "rooms" }
  | { name: "admin" }
  | { name: "guides" }
  | { name: "account" }
  | { name: "room"; id: string }
  | { name: "speaking-statistics" }
  | { name: "nowhere" };

const ID = "([0-9a-f-]{36})";
const PLACES: [RegExp, (found: string) => Place][] = [
  [/^\/$/, () => ({ name: "home" })],
  [/^\/dang-nhap\/?$/, () => ({ name: "sign-in" })],
  [/^\/vao\/([^/]+)\/?$/, (token) => ({ name: "link", token })],
  [/^\/hop\/moi\/?$/, () => ({ name: "new-meeting" })],
  [/^\/hop\/?$/, () => ({ name: "meetings" })],
  [new RegExp(`^/hop/${ID}/?$`), (id) => ({ name: "meeting", id })],
  [new RegExp(`^/hop/${ID}/man-hinh/?$`), (id) => ({ name: "wall", id })],
  [/^\/tim\/?$/, () => ({ name: "search" })],
  [/^\/ky-yeu\/?$/, () => ({ name: "yearbook" })],
  [/^\/ghi-chu\/?$/, () => ({ name: "notes" })],
  [/^\/tai-lieu\/?$/, () => ({ name: "files" })],
  [/^\/chuan-bi\/?$/, () => ({ name: "prepared" })],
  [/^\/phong\/?$/, () => ({ name: "rooms" })],
  [/^\/quan-tri\/?$/, () => ({ name: "admin" })],
  [/^\/huong-dan\/?$/, () => ({ name: "guides" })],
  [/^\/tai-khoan\/?$/, () => ({ name: "account" })],
  [/^\/thong-ke\/phat-bieu\/?$/, () => ({ name: "speaking-statistics" })],
  [new RegExp(`^/phong/${ID}/?$`), (id) => ({ name: "room", id })],
];

export function placeOf(path: string): Place {
  for (const [pattern, make] of PLACES) {
    const found = pattern.exec(path);
    if (found) {
      const word = decoded(found[1] ?? "");
      return word === null ? { name: "nowhere" } : make(word);
    }
  }
  return { name: "nowhere" };
}

/** Null for what is not percent-encoding: somebody cut a link in two. */
function decoded(word: string): string | null {
  try {
    return decodeURIComponent(word);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

let url = $state.raw(new URL(globalThis.location?.href ?? "http://localhost/"));
const place = $derived(placeOf(url.pathname));

export const route = {
  get url(): URL {
    return url;
  },
  get place(): Place {
    return place;
  },
  get query(): URLSearchParams {
    return url.searchParams;
  },
};

export function go(to: string, how: { replace?: boolean } = {}): void {
  const next = new URL(to, url);
  if (next.href === url.href) return;
  if (how.replace) history.replaceState(null, "", next);
  else history.pushState(null, "", next);
  const moved = next.pathname !== url.pathname;
  url = next;
  if (moved) scrollTo(0, 0);
}

/** Change one value of the query and keep the page: `null` takes it away. */
export function setQuery(name: string, value: string | null, how: { replace?: boolean } = { replace: true }): void {
  const next = new URL(url);
  if (value === null) next.searchParams.delete(name);
  else next.searchParams.set(name, value);
  go(next.href, how);
}

export function startRouter(): () => void {
  const back = (): void => {
    url = new URL(location.href);
  };
  const click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || /^\/(api|schema)\//.test(to.pathname)) return;
    if (to.pathname === location.pathname && to.search === location.search && to.hash) return;
    event.preventDefault();
    go(to.href);
  };
  addEventListener("popstate", back);
  document.addEventListener("click", click);
  return () => {
    removeEventListener("popstate", back);
    document.removeEventListener("click", click);
  };
}
