/** PDFs by pdf.js, which comes only when one is opened; its worker is a file of ours. Nothing in a PDF is run. */
import { getDocument, GlobalWorkerOptions, TextLayer, type PDFDocumentProxy, type RenderTask } from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { Unreadable, type Book } from "./book";
import { paragraphsOf, type Run } from "./paragraphs";

GlobalWorkerOptions.workerSrc = workerUrl;
export { workerUrl };

/** A phone's browser gives up on larger canvases. */
const PIXELS = 12_000_000;
const SHARPEST = 2.5;
const PIECE_BYTES = 512 * 1024;

export async function openPdf(from: { data: ArrayBuffer } | { url: string; length: number }): Promise<Book> {
  const task = getDocument({
    ...("data" in from ? { data: from.data } : { url: from.url, length: from.length, rangeChunkSize: PIECE_BYTES, disableAutoFetch: true, disableStream: true }),
    isEvalSupported: false,
    enableXfa: false,
    useWasm: false,
    stopAtErrors: false,
    verbosity: 0,
  });
  try {
    return new PdfBook(await task.promise);
  } catch (error) {
    void task.destroy();
    if (error instanceof Error && error.name === "PasswordException") throw new Unreadable("locked");
    if (error instanceof Error && /InvalidPDF|FormatError|UnknownError/.test(error.name)) throw new Unreadable("broken");
    throw error;
  }
}

class PdfBook implements Book {
  readonly drawn = true;
  readonly #document: PDFDocumentProxy;
  readonly #drawing = new WeakMap<HTMLCanvasElement, RenderTask>();

  constructor(document: PDFDocumentProxy) {
    this.#document = document;
  }

  get count(): number {
    return this.#document.numPages;
  }

  async size(page: number): Promise<{ width: number; height: number }> {
    const { width, height } = (await this.#document.getPage(page)).getViewport({ scale: 1 });
    return { width, height };
  }

  async paragraphs(page: number): Promise<string[]> {
    const content = await (await this.#document.getPage(page)).getTextContent();
    const runs: Run[] = content.items.flatMap((item) => ("str" in item ? [{ str: item.str, x: Number(item.transform[4]), y: Number(item.transform[5]), width: item.width, height: item.height || Math.abs(Number(item.transform[3])) }] : []));
    return paragraphsOf(runs);
  }

  async draw(page: number, canvas: HTMLCanvasElement, words: HTMLElement | null, width: number, signal: AbortSignal): Promise<void> {
    const proxy = await this.#document.getPage(page);
    // A canvas is drawn on by one at a time: an earlier drawing of it ends first.
    const before = this.#drawing.get(canvas);
    before?.cancel();
    await before?.promise.catch(() => undefined);
    if (signal.aborted) return;
    const whole = proxy.getViewport({ scale: 1 });
    const scale = width / whole.width;
    const sharp = Math.min(SHARPEST, Math.max(1, devicePixelRatio), Math.sqrt(PIXELS / (whole.width * whole.height * scale * scale)));
    const viewport = proxy.getViewport({ scale: scale * sharp });
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    const task = proxy.render({ canvas, viewport });
    this.#drawing.set(canvas, task);
    const stop = (): void => task.cancel();
    signal.addEventListener("abort", stop);
    try {
      await task.promise;
    } catch (error) {
      if (error instanceof Error && error.name === "RenderingCancelledException") return;
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#drawing.delete(canvas);
    }
    if (!words || signal.aborted) return;
    words.replaceChildren();
    words.style.setProperty("--total-scale-factor", String(scale));
    const layer = new TextLayer({ textContentSource: proxy.streamTextContent(), container: words, viewport: proxy.getViewport({ scale }) });
    await layer.render();
    proxy.cleanup();
  }

  close(): void {
    void this.#document.loadingTask.destroy();
  }
}
