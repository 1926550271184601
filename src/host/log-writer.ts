// Standard output in large pieces: one write a line would be the slowest part of a long log.

const PIECE = 64 * 1024;

export interface LogWriter {
  /** Takes text with its line ends. */
  write(text: string): void;
  /** Everything is out when it returns. */
  flush(): void;
}

/** Writes at the latest when the program has nothing else to do at the moment. */
export function logWriter(stream: { write(text: string): unknown }): LogWriter {
  let pending: string[] = [];
  let size = 0;
  let isDue = false;
  const flush = (): void => {
    if (pending.length === 0) {
      return;
    }
    const text = pending.join("");
    pending = [];
    size = 0;
    stream.write(text);
  };
  return {
    flush,
    write(text) {
      if (text === "") {
        return;
      }
      pending.push(text);
      size += text.length;
      if (size >= PIECE) {
        flush();
      } else if (!isDue) {
        isDue = true;
        setImmediate(() => {
          isDue = false;
          flush();
        });
      }
    },
  };
}
