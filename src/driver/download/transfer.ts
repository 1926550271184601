// One file over HTTP into a `.part` file, which is continued after a break, also by a later process.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, rm } from "node:fs/promises";
import type { Watch } from "../http-api/watch.ts";
import { isStill, readIdentity } from "../local-files/identity.ts";
import type { Digest, DownloadRun } from "./download-run.ts";
import { checkRoom, findOnDisk, writeSize } from "./on-disk.ts";
import { createOwn, measureOwn, openOwn } from "./part-file.ts";
import {
  type Beginning,
  digestAddress,
  isSameVersion,
  readRecord,
  readVersion,
  type Version,
  writeRecord,
} from "./records.ts";
import { ask, Interrupted, markInterrupted, readTimeout, watch } from "./request.ts";

/** Attempts without a single new byte, once the server has answered; one that never did has less patience on its side. */
const FRUITLESS = 4;
const FRUITLESS_UNANSWERED = 1;

export interface TransferRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For people. */
  readonly name: string;
  readonly part: string;
  /** What the whole is to be compared with: its digest is computed on the way. */
  readonly digest: Digest | undefined;
  /** The version that is there already: nothing is fetched if the server still has it. */
  readonly known?: Version | undefined;
}

export interface Received {
  readonly version: Version;
  readonly hex: string | undefined;
  /** Put together from several answers, which may not have belonged together. */
  readonly isPatched: boolean;
}

/** Fetches a file whole into its part file. `undefined` when the known version is still the current one. */
export async function transfer(request: TransferRequest, run: DownloadRun): Promise<Received | undefined> {
  return new Transfer(request, run).whole();
}

/** Forgets what was received. */
export async function discardPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(makeRecord(part), { force: true });
}

function makeRecord(part: string): string {
  return `${part}.json`;
}

class Transfer {
  readonly #request: TransferRequest;
  readonly #run: DownloadRun;
  readonly #deadline: number;
  /** Bytes in the part file, and their digest so far. */
  #have = 0;
  #hash: Hash | undefined;
  /** What the part file is a part of. */
  #version: Version | undefined;
  #isPatched = false;
  #isAnswered = false;
  #progress: ReturnType<DownloadRun["ui"]["progress"]> | undefined;

  constructor(request: TransferRequest, run: DownloadRun) {
    this.#request = request;
    this.#run = run;
    this.#deadline = run.host.clock.elapsed() + readTimeout(run.host);
  }

  async whole(): Promise<Received | undefined> {
    const { host, signal, ui } = this.#run;
    this.#forget();
    if (this.#request.known === undefined) {
      await this.#takeUp();
    }
    try {
      for (let fruitless = 0; ; ) {
        const before = this.#have;
        try {
          return await this.#attempt();
        } catch (thrown) {
          signal.throwIfAborted();
          if (!(thrown instanceof Interrupted)) {
            throw thrown;
          }
          fruitless = this.#have > before ? 1 : fruitless + 1;
          if (fruitless > (this.#isAnswered ? FRUITLESS : FRUITLESS_UNANSWERED)) {
            throw thrown;
          }
          const wait = 1000 * 2 ** (fruitless - 1);
          const said = this.#isAnswered ? `The download was interrupted (${thrown.message})` : thrown.message;
          const next = this.#have === 0 ? "trying again" : `going on behind ${writeSize(this.#have)}`;
          ui.message(`${said}; ${next} in ${wait / 1000} s`);
          await host.clock.sleep(wait, signal);
        }
      }
    } finally {
      this.#progress?.end();
    }
  }

  /** Looks whether an earlier process has left something that can be continued. */
  async #takeUp(): Promise<void> {
    const { part, url, digest } = this.#request;
    const begun = await readRecord<Beginning>(makeRecord(part), this.#run.host);
    const size = await measureOwn(part);
    if (begun === undefined || size === 0 || (begun.size !== undefined && size > begun.size)) {
      return;
    }
    const { file, ...version } = begun;
    // Where no digest tells in the end, the part must be the very file that was begun.
    if (digest === undefined && !(await isStill(part, file))) {
      return;
    }
    // From another mirror it can be continued when its digest tells in the end whether that was right.
    const isSameAddress = version.from === digestAddress(url);
    if (!isSameAddress && (digest === undefined || version.size === undefined)) {
      return;
    }
    await findOnDisk(part, () => this.#digestPart(part));
    this.#have = size;
    this.#version =
      isSameAddress || version.size === undefined ? version : { from: digestAddress(url), size: version.size };
  }

  async #digestPart(part: string): Promise<void> {
    if (this.#hash === undefined) {
      return;
    }
    const { signal } = this.#run;
    const chunks = createReadStream(part, { highWaterMark: 1024 * 1024, signal }) as AsyncIterable<Uint8Array>;
    try {
      for await (const chunk of chunks) {
        this.#hash.update(chunk);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown;
    }
  }

  /** From here on everything is to be fetched. */
  #forget(): void {
    const { digest } = this.#request;
    this.#have = 0;
    this.#hash = digest === undefined ? undefined : createHash(digest.algorithm);
    this.#version = undefined;
    this.#isPatched = false;
  }

  async #attempt(): Promise<Received | undefined> {
    using watching = watch(this.#run, this.#deadline);
    const { url } = this.#request;
    // Bytes are to be counted and continued as they are stored, so nothing may be packed on the way.
    const headers = { ...this.#request.headers, "accept-encoding": "identity", ...this.#conditions() };
    const response = await ask({ url, headers, also: [206, 304, 416] }, watching, this.#run);
    this.#isAnswered = true;
    if (response.status === 304 && this.#request.known !== undefined) {
      return undefined;
    }
    if (response.status === 200) {
      await this.#begin(response);
    } else {
      await this.#goOn(response, watching);
    }
    await this.#take(response, watching);
    return this.#finished();
  }

  /** Asks for the rest of what is there, or for nothing if it is there as a whole. */
  #conditions(): Record<string, string> {
    const { known } = this.#request;
    if (this.#have > 0) {
      const range = `bytes=${this.#have}-`;
      // A weak tag does not promise equal bytes.
      const etag = this.#version?.etag?.startsWith("W/") ? undefined : this.#version?.etag;
      const validator = etag ?? this.#version?.lastModified;
      if (validator !== undefined) {
        return { range, "if-range": validator };
      }
      if (this.#request.digest !== undefined) {
        return { range };
      }
      this.#forget();
    }
    if (known === undefined || this.#version !== undefined) {
      return {};
    }
    if (known.etag !== undefined) {
      return { "if-none-match": known.etag };
    }
    return known.lastModified === undefined ? {} : { "if-modified-since": known.lastModified };
  }

  async #begin(response: Response): Promise<void> {
    const { part, url } = this.#request;
    this.#forget();
    const version = readVersion(url, response.headers, readLength(response));
    try {
      await findOnDisk(part, async () => {
        if (version.size !== undefined) {
          await checkRoom(part, version.size - (await measureOwn(part)));
        }
        await writeRecord(makeRecord(part), undefined, this.#run.host);
        await createOwn(part);
        const begun: Beginning = { ...version, file: await readIdentity(part) };
        await writeRecord(makeRecord(part), begun, this.#run.host);
      });
    } catch (thrown) {
      await response.body?.cancel().catch(() => {});
      throw thrown;
    }
    this.#version = version;
    this.#showProgress(version.size);
  }

  async #goOn(response: Response, watching: Watch): Promise<void> {
    const { part, url } = this.#request;
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    const size = total === undefined || total === "*" ? undefined : Number(total);
    const version = readVersion(url, response.headers, size);
    const belongs =
      response.status === 206 &&
      Number(start) === this.#have &&
      this.#version !== undefined &&
      isSameVersion(this.#version, version);
    if (!belongs) {
      await markInterrupted(watching, async () => response.body?.cancel()).catch(() => {});
      await findOnDisk(part, () => discardPart(part));
      this.#forget();
      throw new Interrupted("what the server has now does not continue what is there");
    }
    if (size !== undefined) {
      await findOnDisk(part, () => checkRoom(part, size - this.#have));
    }
    this.#isPatched = true;
    this.#showProgress(size);
  }

  #showProgress(total: number | undefined): void {
    this.#progress?.end();
    this.#progress = this.#run.ui.progress(this.#request.name, total);
    if (this.#have > 0) {
      this.#progress.advance(this.#have);
    }
  }

  async #take(response: Response, watching: Watch): Promise<void> {
    const reader = response.body?.getReader();
    if (reader === undefined) {
      return;
    }
    const { part } = this.#request;
    const file = await findOnDisk(part, () => openOwn(part));
    try {
      for (;;) {
        const { done, value } = await markInterrupted(watching, () => reader.read());
        if (done) {
          return;
        }
        watching.alive();
        await findOnDisk(part, () => writeAll(file, value, this.#have));
        this.#hash?.update(value);
        this.#have += value.length;
        this.#progress?.advance(value.length);
      }
    } finally {
      await reader.cancel().catch(() => {});
      await file.close();
    }
  }

  #finished(): Received {
    const version = this.#version as Version;
    if (version.size !== undefined && this.#have !== version.size) {
      const said = `${this.#have} bytes came of ${version.size}`;
      if (this.#have > version.size) {
        this.#forget();
      }
      throw new Interrupted(said);
    }
    return { version, hex: this.#hash?.digest("hex"), isPatched: this.#isPatched };
  }
}

/** Bytes of the body. */
function readLength(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  return length === null ? undefined : Number(length);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
