// A small text from the web, with some patience.
import { readBody } from "../http-api/body.ts";
import { chooseBackOff } from "../http-api/retry.ts";
import type { DownloadRun } from "./download-run.ts";
import { ask, Interrupted, markInterrupted, readTimeout, watch } from "./request.ts";

const ATTEMPTS = 3;
/** No file with checksums is larger; an ISO that was named by mistake is. */
export const LARGEST_TEXT = 16 * 1024 * 1024;

/** Fetches a text; trouble that may pass is waited out twice. */
export async function fetchText(
  url: string,
  headers: Readonly<Record<string, string>>,
  run: DownloadRun,
): Promise<string> {
  return fetchPatiently(ATTEMPTS, run, () => fetchOnce(url, headers, run));
}

/** Repeats what trouble on the way has broken. */
export async function fetchPatiently<T>(
  attempts: number,
  { host, signal }: DownloadRun,
  body: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Interrupted) || attempt === attempts) {
        throw thrown;
      }
      await host.clock.sleep(chooseBackOff(attempt, host.random), signal);
    }
  }
}

async function fetchOnce(url: string, headers: Readonly<Record<string, string>>, run: DownloadRun): Promise<string> {
  using watching = watch(run, run.host.clock.elapsed() + readTimeout(run.host));
  const response = await ask({ url, headers }, watching, run);
  return (await markInterrupted(watching, () => readBody(response, LARGEST_TEXT, watching))).toString("utf8");
}
