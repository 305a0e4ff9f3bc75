/** Something made for a key that must be freed. */
interface Disposable {
  dispose(): void;
}

interface Entry<T> {
  readonly value: Promise<T>;
  users: number;
  dropped: boolean;
}

/** Keeps what was used last. What is dropped while in use is freed after its last user. */
export class BoundedCache<T extends Disposable> {
  /** In the order of use, the latest last. */
  private readonly entries = new Map<number, Entry<T>>();

  constructor(
    private readonly capacity: number,
    private readonly make: (key: number) => Promise<T>,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Does some work with the value for a key, which is made where it is not there. */
  async use<R>(key: number, work: (value: T) => Promise<R>): Promise<R> {
    const entry = this.entries.get(key) ?? { value: this.make(key), users: 0, dropped: false };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users++;
    if (this.entries.size > this.capacity) this.drop(this.entries.keys().next().value!);
    try {
      const value = await entry.value.catch((error) => {
        // Making it may go well another time.
        if (this.entries.get(key) === entry) this.entries.delete(key);
        throw error;
      });
      return await work(value);
    } finally {
      entry.users--;
      if (entry.dropped) free(entry);
    }
  }

  dispose(): void {
    for (const key of [...this.entries.keys()]) this.drop(key);
  }

  private drop(key: number): void {
    const entry = this.entries.get(key)!;
    this.entries.delete(key);
    entry.dropped = true;
    free(entry);
  }
}

function free(entry: Entry<Disposable>): void {
  if (entry.users > 0) return;
  // What could not be made has told so to who wanted it.
  entry.value.then(
    (value) => value.dispose(),
    () => {},
  );
}
