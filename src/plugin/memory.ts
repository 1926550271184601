// What is known of a plugin from an earlier run, so that it need not be read, summed and asked again: true as long as neither
// its file nor the sum beside it has changed. Notes are sealed, for the cache may be a folder that others can write to.
import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readRecord, writeRecord } from "../driver/download/records.ts";
import type { Host } from "../host/host.ts";
import type { Description } from "./describe.ts";
import type { InstalledPlugin } from "./installed.ts";

interface Note {
  /** Of the plugin's file and of the one with its sum. */
  readonly identity: string;
  readonly description: Description;
  /** Answers in base64 by what was asked. */
  readonly answers: Readonly<Record<string, string>>;
}

type World = Pick<Host, "cacheDir" | "seal">;

/** What a plugin says of itself, and has said before. */
export class PluginMemory {
  readonly description: Description;
  readonly #file: string;
  readonly #host: World;
  readonly #identity: string;
  readonly #answers: Record<string, string>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, host: World, { identity, description, answers }: Note) {
    this.#file = file;
    this.#host = host;
    this.#identity = identity;
    this.description = description;
    this.#answers = { ...answers };
  }

  /** Recalls a plugin, or has `ask` find out what is to be remembered; `undefined` when that comes to nothing. */
  static async open(
    plugin: InstalledPlugin,
    host: World,
    ask: () => Promise<Description | undefined>,
  ): Promise<PluginMemory | undefined> {
    const name = createHash("sha256").update(plugin.path).digest("hex").slice(0, 32);
    const file = join(host.cacheDir, "plugins", `${name}.json`);
    const identity = await readState(plugin.path);
    const note = await readRecord<Note>(file, host);
    if (note !== undefined && identity !== undefined && note.identity === identity) {
      return new PluginMemory(file, host, note);
    }
    const description = await ask();
    if (description === undefined || identity === undefined) {
      return undefined;
    }
    const memory = new PluginMemory(file, host, { identity, description, answers: {} });
    await memory.#write();
    return memory;
  }

  /** The answer to a question that always has the same one. */
  async recall(question: string, ask: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#answers[question];
    if (known !== undefined) {
      return Buffer.from(known, "base64");
    }
    const answer = await ask();
    this.#answers[question] = Buffer.from(answer).toString("base64");
    await this.#write();
    return answer;
  }

  /** A cache that cannot be written is none. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      try {
        await mkdir(join(this.#host.cacheDir, "plugins"), { recursive: true });
        const note: Note = { identity: this.#identity, description: this.description, answers: this.#answers };
        await writeRecord(this.#file, note, this.#host);
      } catch {
        // The next run asks again.
      }
    });
    return this.#writing;
  }
}

/** Changes whenever one of the two files does. */
async function readState(path: string): Promise<string | undefined> {
  try {
    const states = await Promise.all([path, `${path}_SHA256SUM`].map((file) => stat(file, { bigint: true })));
    return states.map(({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(":")).join(" ");
  } catch {
    return undefined;
  }
}
