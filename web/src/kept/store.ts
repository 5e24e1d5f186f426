/** One store of one of the browser's databases: opened for a transaction and let go of. */

/** A database that does not open must not keep anybody from the meeting. */
const PATIENCE_MS = 3_000;

export class Store {
  readonly #make: (database: IDBDatabase) => void;

  constructor(
    readonly database: string,
    readonly name: string,
    make: (database: IDBDatabase) => void,
  ) {
    this.#make = make;
  }

  /** Looking must not make a database where nothing may be kept, or was never. */
  async known(): Promise<boolean> {
    if (!globalThis.indexedDB) return false;
    const all = await indexedDB.databases?.();
    return all === undefined || all.some(({ name }) => name === this.database);
  }

  /** One transaction. False where the browser keeps nothing or is full: what is not kept is missing offline, and nothing else. */
  use(mode: IDBTransactionMode, work: (store: IDBObjectStore) => void): Promise<boolean> {
    return new Promise((resolve) => {
      if (!globalThis.indexedDB) return resolve(false);
      const late = setTimeout(resolve, PATIENCE_MS, false);
      const end = (done: boolean, database?: IDBDatabase): void => {
        clearTimeout(late);
        database?.close();
        resolve(done);
      };
      const opening = indexedDB.open(this.database, 1);
      opening.onupgradeneeded = () => this.#make(opening.result);
      opening.onerror = opening.onblocked = () => end(false);
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction(this.name, mode);
        transaction.oncomplete = () => end(true, database);
        transaction.onabort = transaction.onerror = () => end(false, database);
        work(transaction.objectStore(this.name));
      };
    });
  }

  async forget(): Promise<void> {
    if (!globalThis.indexedDB) return;
    await new Promise<void>((resolve) => {
      const request = indexedDB.deleteDatabase(this.database);
      request.onsuccess = request.onerror = request.onblocked = () => resolve();
    });
  }
}
