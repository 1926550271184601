// Reading a named pipe of this machine: waiting for its other end can be ended at any time.
import { constants, type Stats } from "node:fs";
import { open, readFile, readlink } from "node:fs/promises";
import type { Clock } from "../host/host.ts";

/** Milliseconds between two looks for more. */
const LOOK_EVERY = 20;
const PIECE = 64 * 1024;

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The content of a file; `stats` tells whether it is a pipe. */
export async function readFileOrPipe(path: string, stats: Stats, waiting: Waiting): Promise<Buffer> {
  if (!stats.isFIFO()) {
    return readFile(path);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of readPipe(path, waiting)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** What is written into a pipe, until its last writer is through. */
export async function* readPipe(path: string, { clock, signal }: Waiting): AsyncGenerator<Uint8Array> {
  // Opened in the usual way it would hold a thread of this process until somebody opens the other end, for ever if need be.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // The shell opens both ends of its own; of any other pipe the writer may come later.
    let hasWriter = await isOfShell(path);
    for (;;) {
      signal.throwIfAborted();
      const piece = Buffer.alloc(PIECE);
      const bytes = await file.read(piece, 0, PIECE).then(
        ({ bytesRead }) => bytesRead,
        (thrown: NodeJS.ErrnoException) => {
          if (thrown.code === "EAGAIN") {
            return undefined;
          }
          throw thrown;
        },
      );
      hasWriter ||= bytes !== 0;
      if (bytes === 0 && hasWriter) {
        return;
      }
      if (bytes) {
        yield piece.subarray(0, bytes);
      } else {
        await clock.sleep(LOOK_EVERY, signal);
      }
    }
  } finally {
    await file.close();
  }
}

async function isOfShell(path: string): Promise<boolean> {
  return (await readlink(path).catch(() => "")).startsWith("pipe:");
}
