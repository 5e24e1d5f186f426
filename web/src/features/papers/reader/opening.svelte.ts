/**
 * A file on its way to being read: from the device where that has it, else from the hub, and kept for the next time where it is small enough.
 * One the hub is still making readable is waited for.
 */
import { Refused } from "$/api";
import { textAt, type PaperText, type Source } from "../hub";
import { fetchWhole, fromShelf, jsonOrShelf, KEPT_BY_ITSELF, putOnShelf } from "../shelf.svelte";
import { isPicture } from "../words";
import { TextBook, Unreadable, type Book } from "./book";

const POLL_MS = 2_500;
export type Failure = "locked" | "broken" | "network" | "gone" | "secret" | "unreadable";

export class Opening {
  book = $state.raw<Book | null>(null);
  /** The address of a picture. */
  picture = $state<string | null>(null);
  failure = $state<Failure | null>(null);
  waiting = $state(false);
  /** How much of it has come. */
  share = $state<number | null>(null);
  /** What it says, without its looks. */
  textOnly = $state(false);

  #source: Source;
  #stop = new AbortController();
  readonly #opened: () => void;

  constructor(source: Source, opened: () => void) {
    this.#source = source;
    this.#opened = opened;
  }

  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  async open(): Promise<void> {
    this.failure = null;
    try {
      const { format, has_pdf, state } = this.#source.content;
      if (isPicture(format)) this.picture = URL.createObjectURL(await this.#whole("file"));
      else if (format === "pdf" || has_pdf) await this.#drawn(format === "pdf" ? "file" : "pdf");
      else if (state === "waiting" && !(await fromShelf(this.#source, "text"))) return await this.#wait();
      else await this.#text();
      this.waiting = false;
      if (this.#stop.signal.aborted) this.close();
      else this.#opened();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    }
  }

  close(): void {
    this.#stop.abort();
    this.book?.close();
    if (this.picture) URL.revokeObjectURL(this.picture);
  }

  #fail(error: unknown): void {
    if (error instanceof Unreadable) this.failure = error.why;
    else if (error instanceof Refused) this.failure = error.code === "secret-item" ? "secret" : error.status === 404 || error.status === 403 ? "gone" : "network";
    else if (error instanceof TypeError) this.failure = "network"; // the reader itself could not be fetched
    else {
      console.warn("papers: cannot be opened", String(error));
      this.failure = "broken";
    }
  }

  async #whole(form: "file" | "pdf"): Promise<Blob> {
    const source = this.#source;
    const kept = await fromShelf(source, form);
    if (kept) return kept.blob();
    this.share = 0;
    const blob = await fetchWhole(source[form], source.content.size, (now) => (this.share = now), this.#stop.signal);
    this.share = null;
    if (blob.size <= KEPT_BY_ITSELF) void putOnShelf(source, form, blob);
    return blob;
  }

  async #drawn(form: "file" | "pdf"): Promise<void> {
    const { openPdf } = await import("./pdf");
    const source = this.#source;
    const small = form === "pdf" || source.content.size <= KEPT_BY_ITSELF || (await fromShelf(source, form)) !== null;
    const opened = await openPdf(small ? { data: await (await this.#whole(form)).arrayBuffer() } : { url: source[form], length: source.content.size });
    if (this.#stop.signal.aborted) opened.close();
    else this.book = opened;
  }

  async #text(): Promise<void> {
    const source = this.#source;
    const kept = await fromShelf(source, "text");
    const text = kept && source.content.state !== "waiting" ? ((await kept.json()) as PaperText) : await (source.kept ? jsonOrShelf<PaperText>(source.text, `text-${source.content.sha256}`) : textAt(source.text));
    if (text.pages.length === 0) {
      this.failure = "unreadable";
      return;
    }
    this.textOnly = true;
    this.book = new TextBook(text);
  }

  async #wait(): Promise<void> {
    this.waiting = true;
    while (!this.#stop.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const content = await this.#source.refresh();
      if (content.state === "waiting") continue;
      this.#source = { ...this.#source, content };
      return this.open();
    }
  }
}
