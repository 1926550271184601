// Fingerprints in the cache of GitHub Actions: what a build was made from survives from run to run without a file in the repository.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import {
  type FingerprintRecord,
  type FingerprintStore,
  isUnusable,
  parseRecords,
  recordsText,
  type Unusable,
} from "../command/build/fingerprint-record.ts";
import type { Host } from "../host/host.ts";
import type { WorkflowLog } from "./workflow-log.ts";

export interface FingerprintCacheRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Pick<Host, "cwd" | "random">;
  readonly log: Pick<WorkflowLog, "apart" | "notice">;
  /** Jobs that build different parts of a template at the same time keep records of their own. */
  readonly only: readonly string[];
  readonly except: readonly string[];
}

/** Below the working directory, and there only while a record is on its way: the cache finds again what had the same relative path. */
const FOLDER = ".packer-ts-fingerprints";

/** The cache as a store; `undefined` with a notice when this runner has none. */
export async function fingerprintCache(request: FingerprintCacheRequest): Promise<FingerprintStore | undefined> {
  const absence = await absenceOf(request.env);
  if (absence !== undefined) {
    request.log.notice(
      "Everything is built: there is no cache to keep fingerprints in",
      `${absence} Set "fingerprint-file" to keep them in a file.`,
    );
    return undefined;
  }
  const prefixOf = (template: string): string =>
    `packer-ts-${(request.env["RUNNER_OS"] ?? process.platform).toLowerCase()}-${placeOf(template, request)}-`;
  const folder = join(request.host.cwd, FOLDER);
  return {
    where: "the cache",
    files: [],
    last: (template) => restore(template, prefixOf(template), request),
    older: async (template, fingerprints) => {
      const record = await restore(template, `${prefixOf(template)}${combined(fingerprints)}-`, request);
      return record === undefined || isUnusable(record) ? undefined : record;
    },
    save: async (template, record) => {
      const fingerprints = Object.fromEntries(Object.entries(record.builds).map(([name, { fingerprint }]) => [name, fingerprint]));
      // A key is written once; one build more of the same, because its artifact was gone, needs another.
      const own = `${request.env["GITHUB_RUN_ID"] ?? "0"}-${request.host.random.uuid().slice(0, 8)}`;
      const key = `${prefixOf(template)}${combined(fingerprints)}-${own}`;
      const file = join(FOLDER, `${placeOf(template, request)}.json`);
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(join(request.host.cwd, file), recordsText({ [template]: record }));
        const { saveCache } = await import("@actions/cache");
        const id = await request.log.apart("Keep the fingerprints in the cache", () => saveCache([pattern(file)], key));
        if (id < 0) throw new Error("The cache did not take them; its own words are above.");
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Why there is no cache, as a sentence. */
async function absenceOf(env: FingerprintCacheRequest["env"]): Promise<string | undefined> {
  if (!env["ACTIONS_RUNTIME_TOKEN"]) return "The runner did not set ACTIONS_RUNTIME_TOKEN.";
  const { isFeatureAvailable } = await import("@actions/cache");
  return isFeatureAvailable() ? undefined : "The runner did not say where its cache is.";
}

/** The newest record whose key begins like this. */
async function restore(
  template: string,
  prefix: string,
  request: FingerprintCacheRequest,
): Promise<FingerprintRecord | Unusable | undefined> {
  const folder = join(request.host.cwd, FOLDER);
  const file = join(FOLDER, `${placeOf(template, request)}.json`);
  try {
    await mkdir(folder, { recursive: true });
    const { restoreCache } = await import("@actions/cache");
    const key = await request.log.apart("Look for fingerprints in the cache", () =>
      restoreCache([pattern(file)], `${prefix}none`, [prefix]),
    );
    if (key === undefined) return undefined;
    const records = parseRecords(await readFile(join(request.host.cwd, file), "utf8"));
    if (isUnusable(records)) return records;
    return Object.hasOwn(records, template) ? records[template] : undefined;
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Which template of the repository, and which part of it. */
function placeOf(template: string, { env, host, only, except }: FingerprintCacheRequest): string {
  const folder = relative(env["GITHUB_WORKSPACE"] || host.cwd, host.cwd);
  const text = JSON.stringify([folder, template, [...only].sort(), [...except].sort()]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** One fingerprint for all builds of a record. */
function combined(fingerprints: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(fingerprints).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}

/** The toolkit reads patterns, in which a slash parts folders on every system. */
function pattern(path: string): string {
  return path.replaceAll("\\", "/");
}
