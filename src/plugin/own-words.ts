// What a plugin says beside the protocol. It goes to a file and not to us: a Go program whose standard error is gone ends at
// once, and one whose host was killed is to remove its machine first.
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host/host.ts";

/** Lines that are kept for the message about a plugin's end. */
const KEPT_LINES = 400;
/** Bytes that are read at once, and the longest line. */
const PIECE = 64 * 1024;

/** A place for a plugin's words. */
export class OwnWords {
  /** What a process takes as its standard error. */
  readonly fd: number;
  readonly #file: FileHandle;
  readonly #log: (line: string) => void;
  readonly #lines: string[] = [];
  #read = 0;
  #rest = "";
  #reading: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, log: (line: string) => void) {
    this.#file = file;
    this.fd = file.fd;
    this.#log = log;
  }

  static async open(host: Pick<Host, "tempDir" | "random">, log: (line: string) => void): Promise<OwnWords> {
    const path = join(host.tempDir, `packer-ts-plugin-${host.random.uuid()}.log`);
    const file = await open(path, "ax+", 0o600);
    // It has no name any more, so that nobody has to remove it.
    await unlink(path).catch(() => {});
    return new OwnWords(file, log);
  }

  /** Hands on what was said since the last time; gives the last lines of all. */
  read(): Promise<readonly string[]> {
    this.#reading = this.#reading.then(() => this.#readOn()).catch(() => {});
    return this.#reading.then(() => this.#lines);
  }

  async close(): Promise<void> {
    await this.read();
    await this.#file.close();
  }

  async #readOn(): Promise<void> {
    const piece = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await this.#file.read(piece, 0, PIECE, this.#read);
      if (bytesRead === 0) {
        return;
      }
      this.#read += bytesRead;
      const lines = (this.#rest + piece.toString("utf8", 0, bytesRead)).split("\n");
      this.#rest = (lines.pop() ?? "").slice(0, PIECE);
      for (const line of lines) {
        this.#take(line.trimEnd());
      }
    }
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) {
      this.#lines.shift();
    }
    this.#log(line);
  }
}
