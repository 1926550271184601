// A small text from the web, with some patience.
import { failure } from "../../diagnostic/build-error.ts";
import type { DownloadRun } from "./download-run.ts";
import { ask, Interrupted, readTimeout, spared, watch } from "./request.ts";

const ATTEMPTS = 3;
/** No file with checksums is larger; an ISO that was named by mistake is. */
const LARGEST = 16 * 1024 * 1024;

/** Fetches a text; trouble that may pass is waited out twice. */
export async function textAt(url: string, headers: Readonly<Record<string, string>>, run: DownloadRun): Promise<string> {
  return patiently(ATTEMPTS, run, () => once(url, headers, run));
}

/** Repeats what trouble on the way has broken. */
export async function patiently<T>(attempts: number, { host, signal }: DownloadRun, body: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Interrupted) || attempt === attempts) throw thrown;
      await host.clock.sleep(1000 * attempt, signal);
    }
  }
}

async function once(url: string, headers: Readonly<Record<string, string>>, run: DownloadRun): Promise<string> {
  const watching = watch(run, run.host.clock.elapsed() + readTimeout(run.host));
  try {
    const response = await ask(url, { headers }, watching, run);
    const reader = response.body?.getReader();
    const chunks: Uint8Array[] = [];
    for (let size = 0; reader !== undefined; ) {
      const { done, value } = await spared(watching, () => reader.read());
      if (done) break;
      watching.alive();
      chunks.push(value);
      size += value.length;
      if (size <= LARGEST) continue;
      await reader.cancel().catch(() => {});
      throw failure("template", "download/failed", "it is far too large for a file with checksums");
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    watching.end();
  }
}
