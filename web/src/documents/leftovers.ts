/**
 * Edits that an earlier page left on this device go out by themselves once the hub is there, whether or not their text is opened again.
 * One text after the other; a text that is open here anyway is left to the page that shows it.
 */
import { mayKeep } from "$/kept";
import { t } from "$/i18n/index.svelte";
import { toast } from "$/ui";
import type { Uuid } from "$/api/types";
import { isOpen, unsavedDocuments } from "./keeping";

const LOOK_MS = 250;
const PATIENCE_MS = 60_000;
/** Of a text the hub did not take: said once a page, not at every return of the network. */
const told = new Set<Uuid>();
let under_way = false;

export async function sendLeftovers(user: { id: Uuid; name: string }): Promise<void> {
  if (under_way || !mayKeep() || globalThis.navigator?.onLine === false) return;
  under_way = true;
  try {
    let sent = 0;
    for (const id of unsavedDocuments(user.id)) {
      if (isOpen(id)) continue;
      const outcome = await send(id, user);
      if (outcome === "sent") sent += 1;
      else if (outcome === "refused" && !told.has(id)) {
        told.add(id);
        toast(t("offline.not_taken"), { tone: "bad" });
      }
    }
    if (sent > 0) toast(t("offline.sent", { n: sent }), { tone: "ok" });
  } finally {
    under_way = false;
  }
}

async function send(id: Uuid, user: { id: Uuid; name: string }): Promise<"sent" | "refused" | "later"> {
  const { openDocument } = await import("./live.svelte");
  // The hub knows the right; the page that wrote these edits had it.
  const [live, leave] = openDocument(id, { user, mayWrite: true, keep: true });
  try {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const { status } = live;
      if (status.is === "saved") return "sent";
      if (status.is === "refused") return "refused";
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return "later";
  } finally {
    leave();
  }
}
