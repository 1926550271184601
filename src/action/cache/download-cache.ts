// Downloads in the cache of GitHub Actions: what one run has fetched, the next one finds on its own disk.
import { constants } from "node:fs";
import { copyFile, link, mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { FileCache, Host } from "../../host/host.ts";
import type { Log } from "../log/log.ts";
import { untilAborted } from "../runner/cancelled-wait.ts";

export interface DownloadCacheRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Pick<Host, "cwd" | "platform" | "clock">;
  readonly log: Pick<Log, "apart" | "diagnostics" | "notice" | "now">;
  readonly signal: AbortSignal;
}

export interface DownloadCache extends FileCache {
  /** Keeps what was offered. Nothing is thrown: what goes wrong is a warning. */
  save(): Promise<void>;
}

/**
 * Below the workspace, and there only while a file is on its way. The toolkit finds again what has the same path as it
 * was given and unpacks it relative to the workspace; the folder of downloads is elsewhere on every kind of runner.
 */
const FOLDER = ".packer-ts-downloads";

/** The cache of this workflow run; files that cannot be kept or found are fetched as if there were none. */
export function downloadCache(request: DownloadCacheRequest): DownloadCache {
  const offered = new Map<string, string>();
  const { host, log, signal } = request;
  return {
    async restore(path, key) {
      try {
        return (
          (await isAvailable(log)) && (await untilAborted(restore(path, key, request), signal, host.clock)) === true
        );
      } catch (thrown) {
        log.now(`The cache could not be asked for a download: ${readMessage(thrown)}`);
        return false;
      }
    },
    offer: (path, key) => void offered.set(key, path),
    async save() {
      for (const [key, path] of offered) {
        if (signal.aborted || !(await isAvailable(log))) {
          return;
        }
        try {
          await untilAborted(
            log.apart(`Keep ${key} in the cache`, () => keep(path, key, request)),
            signal,
            host.clock,
          );
        } catch (thrown) {
          log.diagnostics([notKept(key, readMessage(thrown))], new Map());
        }
      }
    },
  };
}

async function isAvailable(log: DownloadCacheRequest["log"]): Promise<boolean> {
  const { isFeatureAvailable } = await import("@actions/cache");
  if (isFeatureAvailable()) {
    return true;
  }
  log.notice("Downloads are not kept: there is no cache for them", "The runner did not say where its cache is.");
  return false;
}

async function restore(path: string, key: string, request: DownloadCacheRequest): Promise<boolean> {
  const { restoreCache } = await import("@actions/cache");
  return findOnTheWay(key, request, async ({ pattern, file }) => {
    if ((await restoreCache([pattern], nameKey(key, request))) === undefined) {
      return false;
    }
    await mkdir(dirname(path), { recursive: true });
    await move(file, path);
    return true;
  });
}

async function keep(path: string, key: string, request: DownloadCacheRequest): Promise<void> {
  const { restoreCache, saveCache } = await import("@actions/cache");
  await findOnTheWay(key, request, async ({ pattern, file }) => {
    // To find out by saving would pack gigabytes for nothing.
    const isKept = async (): Promise<boolean> =>
      (await restoreCache([pattern], nameKey(key, request), [], { lookupOnly: true })) !== undefined;
    if (await isKept()) {
      return;
    }
    await stat(path);
    await link(path, file).catch(() => copyFile(path, file, constants.COPYFILE_FICLONE));
    if ((await saveCache([pattern], nameKey(key, request))) >= 0 || (await isKept())) {
      return;
    }
    throw new Error("The cache did not take it; its own words are in the log.");
  });
}

interface Way {
  /** As the toolkit gets it: the same text on every runner. */
  readonly pattern: string;
  readonly file: string;
}

async function findOnTheWay<T>(
  key: string,
  { env, host }: DownloadCacheRequest,
  body: (way: Way) => Promise<T>,
): Promise<T> {
  const workspace = resolve(env["GITHUB_WORKSPACE"] || host.cwd);
  const folder = join(workspace, FOLDER);
  const file = join(folder, key);
  // The toolkit takes no ".." in a relative path: steps in another folder find what steps in such a folder have kept.
  const pattern = workspace === host.cwd ? `${FOLDER}/${key}` : file;
  await mkdir(folder, { recursive: true });
  try {
    return await body({ pattern, file });
  } finally {
    await rm(file, { force: true });
    // Another file may be on its way.
    await rmdir(folder).catch(() => {});
  }
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async () => {
    await copyFile(from, to);
    await rm(from);
  });
}

/** `packer-ts-download-OS-KIND-DIGEST`. */
function nameKey(key: string, { env, host }: DownloadCacheRequest): string {
  return `packer-ts-download-${(env["RUNNER_OS"] ?? host.platform).toLowerCase()}-${key}`;
}

function notKept(key: string, detail: string): Diagnostic {
  const hint = "The next run downloads it again. A repository's caches hold 10 GB together.";
  return {
    code: "action/download-not-kept",
    severity: "warning",
    summary: `The download ${key} was not kept`,
    detail,
    hint,
  };
}
