// One after another within this process, in the order in which they came.

const last = new Map<string, Promise<unknown>>();

/** Runs `body` when everybody who came before with the same key is through, whatever became of them. */
export async function runInTurn<T>(key: string, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
  const before = last.get(key) ?? Promise.resolve();
  const own = before.then(() => {
    signal.throwIfAborted();
    return body();
  });
  const settled = own.catch(() => {});
  last.set(key, settled);
  try {
    return await own;
  } finally {
    if (last.get(key) === settled) {
      last.delete(key);
    }
  }
}
