/** My notes on the paper that is read: what the hub has of them, and what this device has not sent yet. */
import { Refused } from "$/api";
import type { Colour, NewNote, NoteOnPaper, Source } from "../hub";
import { jsonOrShelf } from "../shelf.svelte";
import { change, drop, onTaken, readUnsent, unsent, write } from "./sending.svelte";
import { withUnsent, type ShownNote } from "./unsent";

type Paper = NonNullable<Source["paper"]>;

export class NotesOfPaper {
  #known = $state.raw<readonly NoteOnPaper[]>([]);
  readonly #paper: Paper;
  readonly #title: string;
  readonly all: readonly ShownNote[] = $derived.by(() => withUnsent(this.#known, unsent.all.filter((one) => one.note.paper_id === this.#paper.id)));

  constructor(paper: Paper, title: string) {
    this.#paper = paper;
    this.#title = title;
  }

  /** Until the function it returns is called. */
  follow(): () => void {
    void this.#read();
    return onTaken((id, paper, there) => {
      if (paper !== this.#paper.id) return;
      const others = this.#known.filter((one) => one.id !== id);
      this.#known = there ? [...others, there] : others;
    });
  }

  async #read(): Promise<void> {
    try {
      await readUnsent();
      this.#known = await jsonOrShelf<NoteOnPaper[]>(`/api/papers/${this.#paper.id}/notes`, `notes-${this.#paper.id}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Those of a page, as it is in the version that is read. */
  on(page: number): NoteOnPaper[] {
    const here = ({ number, written_page, page: placed }: NoteOnPaper): number | null => (number === this.#paper.number ? written_page : placed);
    return this.all.map(({ note }) => note).filter((note) => here(note) === page);
  }

  write = (note: NewNote): Promise<void> => write(this.#paper.id, note, this.#place);
  change = (note: NoteOnPaper, to: { text: string; colour: Colour }): Promise<void> => change(note, to, this.#place);
  drop = (note: NoteOnPaper): Promise<void> => drop(note, this.#place);

  get #place(): { paper_title: string; meeting_id: string; meeting_title: string; meeting_starts_at: string | null } {
    const { meeting, of } = this.#paper;
    return { paper_title: this.#title, meeting_id: meeting, meeting_title: of?.title ?? "", meeting_starts_at: of?.starts_at ?? null };
  }
}
