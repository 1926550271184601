// Fingerprints in the cache of GitHub Actions: what a build was made from survives from run to run without a file in the repository.
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { MOST_RECORD_BYTES } from "../../command/build/fingerprint-file.ts";
import {
  collectFingerprints,
  type FingerprintRecord,
  type FingerprintStore,
  isUnusable,
  parseRecords,
  type Unusable,
  writeRecords,
} from "../../command/build/fingerprint-record.ts";
import { readSmallFile } from "../../command/read-small-file.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { Log } from "../log/log.ts";

export interface FingerprintCacheRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Pick<Host, "cwd" | "random" | "platform">;
  readonly log: Pick<Log, "apart" | "notice">;
  /** Jobs that build different parts of a template at the same time keep records of their own. */
  readonly only: readonly string[];
  readonly except: readonly string[];
}

/** Below the working directory, and there only while a record is on its way: the cache finds again what had the same relative path. */
const FOLDER = ".packer-ts-fingerprints";

/** The cache as a store; `undefined` with a notice when this runner has none. */
export async function openFingerprintCache(request: FingerprintCacheRequest): Promise<FingerprintStore | undefined> {
  const { env, host, log } = request;
  const { isFeatureAvailable, saveCache } = await import("@actions/cache");
  if (!isFeatureAvailable()) {
    const hint = 'The runner did not say where its cache is. Set "fingerprint-file" to keep them in a file.';
    log.notice("Everything is built: there is no cache to keep fingerprints in", hint);
    return undefined;
  }
  return {
    where: "the cache",
    files: [],
    last: (template) => restore(template, nameKey(template, request), request),
    older: async (template, fingerprints) => {
      const record = await restore(template, nameKey(template, request, fingerprints), request);
      return record === undefined || isUnusable(record) ? undefined : record;
    },
    save: (template, record) =>
      withFolder(host.cwd, async () => {
        const file = nameFile(template, request);
        await writeFile(join(host.cwd, file), writeRecords({ [template]: record }));
        // A key is written once; one build more of the same, because its artifact was gone, needs another.
        const own = `${env["GITHUB_RUN_ID"] ?? "0"}-${host.random.uuid().slice(0, 8)}`;
        const key = `${nameKey(template, request, collectFingerprints(record))}${own}`;
        const id = await log.apart("Keep the fingerprints in the cache", () => saveCache([file], key));
        if (id < 0) {
          throw new Error("The cache did not take them; its own words are in the log.");
        }
      }),
  };
}

/** The newest record whose key begins like this. */
function restore(
  template: string,
  prefix: string,
  request: FingerprintCacheRequest,
): Promise<FingerprintRecord | Unusable | undefined> {
  const { host, log } = request;
  return withFolder(host.cwd, async () => {
    const file = nameFile(template, request);
    try {
      const { restoreCache } = await import("@actions/cache");
      const key = await log.apart("Look for fingerprints in the cache", () =>
        restoreCache([file], `${prefix}none`, [prefix]),
      );
      if (key === undefined) {
        return undefined;
      }
      const records = parseRecords((await readSmallFile(join(host.cwd, file), MOST_RECORD_BYTES)).toString("utf8"));
      if (isUnusable(records)) {
        return records;
      }
      return Object.hasOwn(records, template) ? records[template] : undefined;
    } catch (thrown) {
      return { problem: readMessage(thrown) };
    }
  });
}

async function withFolder<T>(cwd: string, body: () => Promise<T>): Promise<T> {
  const folder = join(cwd, FOLDER);
  try {
    await mkdir(folder, { recursive: true });
    return await body();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `packer-ts-OS-TEMPLATE-`, with fingerprints `packer-ts-OS-TEMPLATE-FINGERPRINT-`. */
function nameKey(
  template: string,
  request: FingerprintCacheRequest,
  fingerprints?: Readonly<Record<string, string>>,
): string {
  const { env, host } = request;
  const start = `packer-ts-${(env["RUNNER_OS"] ?? host.platform).toLowerCase()}-${namePlace(template, request)}-`;
  if (fingerprints === undefined) {
    return start;
  }
  const sorted = Object.entries(fingerprints).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${start}${hashText(JSON.stringify(sorted))}-`;
}

/** A slash on every system: the toolkit takes it for a pattern. */
function nameFile(template: string, request: FingerprintCacheRequest): string {
  return `${FOLDER}/${namePlace(template, request)}.json`;
}

/** Which template of the repository, and which part of it. */
function namePlace(template: string, { env, host, only, except }: FingerprintCacheRequest): string {
  const folder = relative(env["GITHUB_WORKSPACE"] || host.cwd, host.cwd).replaceAll("\\", "/");
  return hashText(JSON.stringify([folder, template, [...only].sort(), [...except].sort()])).slice(0, 16);
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
