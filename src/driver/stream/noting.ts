// Telling a failing source from a failing destination when one is piped into the other.

/** Passes everything through, and notes when it is the source that fails. */
export interface Noted {
  readonly content: AsyncIterable<Uint8Array>;
  /** What the source threw, once it has. */
  mistake(): unknown;
}

/** Watches `source` while it is read. */
export function noteMistakes(source: AsyncIterable<Uint8Array>): Noted {
  let mistake: unknown;
  const content = async function* (): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Only what comes out of the source counts: a destination that fails is thrown in at the `yield`.
        const next = await iterator.next().catch((thrown) => {
          mistake = thrown;
          throw thrown;
        });
        if (next.done === true) {
          return;
        }
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  return { content: content(), mistake: () => mistake };
}
