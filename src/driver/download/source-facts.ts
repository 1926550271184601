// What a file that a build starts from looks like now, found out without fetching it.
import { stat } from "node:fs/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { computeDigests } from "../checksum/digest.ts";
import type { DownloadRun } from "./download-run.ts";
import { ask, watch } from "./request.ts";
import { readSource } from "./source.ts";
import { fetchPatiently } from "./text-at.ts";

const ATTEMPTS = 2;

/**
 * A text that changes when the file at the first source that answers does: the digest of a local file, else what the
 * server says of its version. `undefined` when it says nothing; throws when no source answers.
 */
export async function sourceFacts(sources: readonly string[], run: DownloadRun): Promise<string | undefined> {
  const problems: string[] = [];
  for (const text of sources) {
    try {
      const source = readSource(text, run);
      if ("path" in source.at) {
        const { path } = source.at;
        if ((await stat(path).catch(() => undefined))?.isFile() !== true) {
          throw new Error(`${path} is not there`);
        }
        return `sha256:${(await computeDigests(path, ["sha256"], run.signal))[0]}`;
      }
      const { url, headers } = source.at;
      return await fetchPatiently(ATTEMPTS, run, () => fetchVersion(url, headers, run));
    } catch (thrown) {
      run.signal.throwIfAborted();
      problems.push(readMessage(thrown));
    }
  }
  const summary = `It cannot be told what is at ${sources.length === 1 ? "the address" : "any of the addresses"} now`;
  throw failure("network", "download/failed", summary, { detail: problems.join("\n") });
}

async function fetchVersion(
  url: string,
  headers: Readonly<Record<string, string>>,
  run: DownloadRun,
): Promise<string | undefined> {
  using watching = watch(run);
  const identity = { ...headers, "accept-encoding": "identity" };
  const head = await ask({ url, method: "HEAD", headers: identity, also: [403, 405, 501] }, watching, run);
  // Some servers, and addresses that are signed for reading only, do not answer to HEAD.
  const response = head.status === 200 ? head : await ask({ url, headers: identity }, watching, run);
  if (response !== head) {
    await response.body?.cancel().catch(() => {});
  }
  const facts = ["etag", "last-modified", "content-length"].map((name) => response.headers.get(name) ?? "");
  return facts[0] === "" && facts[1] === "" ? undefined : facts.join("\n");
}
