// Text that waits for its turn: a little in memory, the rest in a temporary file that has no name any more.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const IN_MEMORY = 256 * 1024;
const PIECE = 64 * 1024;

/** Where a spool may put what does not fit in memory. */
export interface SpoolPlace {
  readonly folder: string;
  /** A name that nobody else uses. */
  name(): string;
}

/** Takes text and gives it back once, in order. Memory does not grow with the text. */
export class Spool {
  readonly #place: SpoolPlace;
  #memory: string[] = [];
  #size = 0;
  #hasNoRoom = false;
  #file: { readonly descriptor: number; readonly path: string } | undefined;

  constructor(place: SpoolPlace) {
    this.#place = place;
  }

  add(text: string): void {
    this.#memory.push(text);
    this.#size += text.length;
    if (this.#size > IN_MEMORY) {
      this.#spill();
    }
  }

  /** Hands over everything and is empty again. */
  drain(write: (text: string) => void): void {
    const file = this.#file;
    if (file !== undefined) {
      this.#file = undefined;
      readAll(file.descriptor, write);
      closeSync(file.descriptor);
      removeQuietly(file.path);
    }
    for (const text of this.#memory) {
      write(text);
    }
    this.#memory = [];
    this.#size = 0;
    this.#hasNoRoom = false;
  }

  /** On a disk that has no room for it the text stays in memory. */
  #spill(): void {
    if (this.#hasNoRoom) {
      return;
    }
    let end = 0;
    try {
      this.#file ??= this.#opened();
      end = fstatSync(this.#file.descriptor).size;
      const bytes = Buffer.from(this.#memory.join(""));
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#file.descriptor, bytes, at, bytes.length - at, end + at);
      }
    } catch {
      this.#hasNoRoom = true;
      if (this.#file !== undefined) {
        ftruncateSync(this.#file.descriptor, end);
      }
      return;
    }
    this.#memory = [];
    this.#size = 0;
  }

  #opened(): { readonly descriptor: number; readonly path: string } {
    const path = join(this.#place.folder, this.#place.name());
    const descriptor = openSync(path, "wx+", 0o600);
    // Nothing is left even when this process is killed; where open files cannot be removed, it goes with `drain`.
    removeQuietly(path);
    return { descriptor, path };
  }
}

function readAll(descriptor: number, write: (text: string) => void): void {
  const decoder = new TextDecoder();
  const piece = Buffer.alloc(PIECE);
  for (let at = 0; ; ) {
    const count = readSync(descriptor, piece, 0, PIECE, at);
    if (count === 0) {
      break;
    }
    at += count;
    write(decoder.decode(piece.subarray(0, count), { stream: true }));
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or still open on a system that minds.
  }
}
