/** Where people sit, for the picture of a vote: rows by their letter where the seats are called "B4", else a plain grid in their order. */
export interface Placed<Of> {
  row: number;
  column: number;
  of: Of;
}

export interface Plan<Of> {
  rows: number;
  columns: number;
  seats: Placed<Of>[];
}

const SEAT = /^(\p{L}{1,2})\s*[-.]?\s*(\d{1,3})$/u;
/** A hall is wider than it is deep. */
const WIDER = 1.8;

/** Nobody is left out: who has no seat of that kind, or one that is taken, sits in rows of their own behind the others. */
export function seated<Of>(people: readonly Of[], seatOf: (one: Of) => string | null): Plan<Of> {
  const named = people.map((of) => ({ of, found: SEAT.exec(seatOf(of)?.trim() ?? "") }));
  const rowNames = [...new Set(named.flatMap(({ found }) => (found ? [found[1]!.toUpperCase()] : [])))].sort((a, b) => a.length - b.length || a.localeCompare(b, "vi"));
  const numbers = named.flatMap(({ found }) => (found ? [Number(found[2])] : []));
  const first = Math.min(...numbers);
  const wide = Math.max(...numbers) - first + 1;
  const lettered = numbers.length * 2 > people.length && wide <= MOST_COLUMNS;
  const columns = lettered ? wide : Math.min(MOST_COLUMNS, Math.max(1, Math.ceil(Math.sqrt(people.length * WIDER))));
  const seats: Placed<Of>[] = [];
  const taken = new Set<string>();
  const rest: Of[] = [];
  for (const { of, found } of named) {
    const row = found && lettered ? rowNames.indexOf(found[1]!.toUpperCase()) : -1;
    const column = found ? Number(found[2]) - first : -1;
    if (row < 0 || taken.has(`${row}/${column}`)) rest.push(of);
    else {
      taken.add(`${row}/${column}`);
      seats.push({ row, column, of });
    }
  }
  const before = lettered ? rowNames.length : 0;
  rest.forEach((of, index) => seats.push({ row: before + Math.floor(index / columns), column: index % columns, of }));
  return { rows: before + Math.ceil(rest.length / columns), columns, seats };
}

const MOST_COLUMNS = 40;
