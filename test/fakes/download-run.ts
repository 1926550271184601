// Downloads as tests ask for them: into an empty cache, with little patience between attempts.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Digest, DownloadRequest } from "../../src/driver/download/download.ts";
import type { DownloadRun } from "../../src/driver/download/download-run.ts";
import { createClock } from "../../src/host/clock.ts";
import type { Host } from "../../src/host/host.ts";
import { nodeHost } from "../../src/host/node.ts";

/** A folder for everything, gone when the tests are through. */
export const root = mkdtempSync(join(tmpdir(), "packer-ts-download-"));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

export interface TestRun extends DownloadRun {
  readonly lines: string[];
  readonly hidden: string[];
  readonly cancel: AbortController;
  readonly cache: string;
}

/** A run with an empty cache and little patience between attempts. */
export function runWith(host: Partial<Host> = {}, cache = join(root, String(folders++))): TestRun {
  const lines: string[] = [];
  const hidden: string[] = [];
  const cancel = new AbortController();
  const say = (text: string): void => void lines.push(text);
  const real = nodeHost({ ...process.env, PACKER_CACHE_DIR: cache, ...host.env });
  const sleep: Host["clock"]["sleep"] = (time, signal) => real.clock.sleep(time < 10_000 ? time / 100 : time, signal);
  return {
    host: { ...real, clock: createClock({ ...real.clock, sleep }), cwd: root, ...host },
    signal: cancel.signal,
    ui: { say, message: say, error: say, progress: () => ({ advance() {}, end() {} }) },
    hide: (secret) => void hidden.push(secret),
    lines,
    hidden,
    cancel,
    cache,
  };
}

/** Its SHA-256. */
export function digest(content: Buffer): Digest {
  return { algorithm: "sha256", hex: createHash("sha256").update(content).digest("hex") };
}

/** A request for an ISO. */
export function iso(
  sources: readonly string[],
  checksum: Digest | undefined,
  more: Partial<DownloadRequest> = {},
): DownloadRequest {
  return { title: "ISO", sources, checksum, extension: "iso", ...more };
}

/** Waits for something that other processes or connections bring about. */
export async function until(is: () => boolean): Promise<void> {
  while (!is()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
