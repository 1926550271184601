// Streams of bytes cut into blocks, and work on several blocks at once whose results keep their order.

/** Cuts a stream into blocks of exactly `size` bytes; only the last may be shorter. An empty stream gives none. */
export async function* blocks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of source) {
    let taken = 0;
    while (taken < chunk.length) {
      const part = chunk.subarray(taken, taken + size - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < size) {
        continue;
      }
      yield block;
      block = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) {
    yield block.subarray(0, filled);
  }
}

/** Runs `work` on up to `limit` items at once and gives the results in the order of the items. */
export async function* mapInOrder<A, B>(
  source: AsyncIterable<A>,
  limit: number,
  work: (item: A) => Promise<B>,
): AsyncGenerator<B> {
  const running: Promise<B>[] = [];
  for await (const item of source) {
    const result = work(item);
    // It is awaited when its turn comes; until then, or when an earlier one has failed, its failure is nobody's surprise.
    result.catch(() => {});
    running.push(result);
    const first = running.length < limit ? undefined : running.shift();
    if (first !== undefined) {
      yield await first;
    }
  }
  for (const result of running) {
    yield await result;
  }
}
