/** What waits on this device goes out by itself: when the page opens, when the network is back, and now and then while something waits. Light. */
import type { Uuid } from "$/api/types";
import { t } from "$/i18n/index.svelte";
import { unsentCount } from "$/kept";
import { toast } from "$/ui";

const AGAIN_MS = 20_000;

export function keepSendingNotes(user: Uuid): () => void {
  const send = async (): Promise<void> => {
    if (unsentCount(user) === 0 || navigator.onLine === false) return;
    try {
      const { sendNotes } = await import("./sending.svelte");
      const n = await sendNotes();
      if (n > 0) toast(t("papers.notes_sent", { n }), { tone: "ok" });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the program itself could not be fetched: the next time
    }
  };
  const now = (): void => void send();
  now();
  const again = setInterval(now, AGAIN_MS);
  addEventListener("online", now);
  return () => {
    clearInterval(again);
    removeEventListener("online", now);
  };
}
