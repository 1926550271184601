// One HTTP request of a download: what went wrong in words, and whether it may pass by itself.
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { DownloadRun } from "./download-run.ts";

/** Nothing has come for so long that nothing more will. */
const STALL = 60_000;
/** As Packer: unless `PACKER_GETTER_READ_TIMEOUT` says otherwise. */
const READ_TIMEOUT = 30 * 60_000;
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** Trouble that another attempt may not have. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Ends a request that nothing comes from, or that takes too long. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Something has come. */
  alive(): void;
  end(): void;
}

/** Watches over a request until `end`; `deadline` counts as `Clock.elapsed` does. */
export function watch(run: DownloadRun, deadline = Number.POSITIVE_INFINITY): Watch {
  const { clock } = run.host;
  const stop = new AbortController();
  const over = new AbortController();
  let last = clock.elapsed();
  void (async () => {
    for (;;) {
      const now = clock.elapsed();
      if (now >= deadline) return stop.abort(tookTooLong());
      if (now - last >= STALL) return stop.abort(new Interrupted(`nothing was received for ${STALL / 1000} seconds`));
      await clock.sleep(Math.min(last + STALL, deadline) - now, over.signal);
    }
  })().catch(() => {});
  return {
    signal: AbortSignal.any([run.signal, stop.signal]),
    alive: () => {
      last = clock.elapsed();
    },
    end: () => over.abort(),
  };
}

/** Sends a request; an answer comes back when it is a good one or one of `also`. */
export async function ask(
  url: string,
  init: { readonly method?: string; readonly headers: Readonly<Record<string, string>>; readonly also?: readonly number[] },
  watching: Watch,
  run: DownloadRun,
): Promise<Response> {
  const { method = "GET", headers, also = [] } = init;
  const response = await spared(watching, () =>
    // Bytes are to be counted and continued as they are stored, so nothing may be packed on the way.
    run.host.network.fetch(url, { method, headers: { ...headers, "accept-encoding": "identity" }, signal: watching.signal }),
  );
  watching.alive();
  if (response.status === 200 || also.includes(response.status)) return response;
  await response.body?.cancel().catch(() => {});
  const said = `bad response code: ${response.status}`;
  if (PASSING.includes(response.status)) throw new Interrupted(said);
  const isDenied = [401, 403, 407].includes(response.status);
  throw failure(isDenied ? "auth" : "network", "download/status", said);
}

/** Waits for something of the network; whatever breaks it is trouble that may pass, unless the run or the watch ended it. */
export async function spared<T>({ signal }: Watch, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    signal.throwIfAborted();
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    throw new Interrupted(messageOf(cause) || "the connection broke", { cause: thrown });
  }
}

/** Milliseconds for reading one file. */
export function readTimeout({ env }: DownloadRun["host"]): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const text = env["PACKER_GETTER_READ_TIMEOUT"] ?? "";
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return READ_TIMEOUT;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const total = [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
  return total > 0 ? total : READ_TIMEOUT;
}

function tookTooLong(): Error {
  return failure("timeout", "download/timeout", "it took longer than PACKER_GETTER_READ_TIMEOUT allows");
}
