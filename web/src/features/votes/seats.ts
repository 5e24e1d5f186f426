/** Where people sit: as the room's plan has it; without one, rows by their letter where the seats are called "B4", else a plain grid in their order. */
export interface Placed<Of> {
  row: number;
  column: number;
  of: Of;
}

export interface Plan<Of> {
  rows: number;
  columns: number;
  seats: Placed<Of>[];
  /** Chairs of the room's plan nobody has. */
  free: Placed<string>[];
  /** The first row of those who have no chair. */
  behind: number;
}

const SEAT = /^(\p{L}{1,2})\s*[-.]?\s*(\d{1,3})$/u;
/** A hall is wider than it is deep. */
const WIDER = 1.8;

/** Nobody is left out: who has no seat of that kind, or one that is taken, sits in rows of their own behind the others. `drawn`: the room's plan, rows from the front. */
export function seated<Of>(people: readonly Of[], seatOf: (one: Of) => string | null, drawn: readonly (readonly string[])[] = []): Plan<Of> {
  const chairs = drawn.flatMap((names, row) => names.flatMap((of, column) => (of === "" ? [] : [{ row, column, of }])));
  if (chairs.length > 0) return inRoom(people, seatOf, chairs, drawn.length, Math.max(...drawn.map((names) => names.length)));
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
  return behindThem(rest, seats, [], before, columns);
}

function inRoom<Of>(people: readonly Of[], seatOf: (one: Of) => string | null, chairs: readonly Placed<string>[], rows: number, columns: number): Plan<Of> {
  const named = (seat: string): string => seat.trim().toLocaleLowerCase("vi");
  const free = new Map(chairs.map((chair) => [named(chair.of), chair]));
  const seats: Placed<Of>[] = [];
  const rest: Of[] = [];
  for (const of of people) {
    const seat = named(seatOf(of) ?? "");
    const chair = free.get(seat);
    if (chair && free.delete(seat)) seats.push({ ...chair, of });
    else rest.push(of);
  }
  return behindThem(rest, seats, [...free.values()], rows, columns);
}

function behindThem<Of>(rest: readonly Of[], seats: Placed<Of>[], free: Placed<string>[], behind: number, columns: number): Plan<Of> {
  rest.forEach((of, index) => seats.push({ row: behind + Math.floor(index / columns), column: index % columns, of }));
  return { rows: behind + Math.ceil(rest.length / columns), columns, seats, free, behind };
}

const MOST_COLUMNS = 40;
