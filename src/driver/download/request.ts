// One HTTP request of a download: what went wrong in words, and whether it may pass by itself.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { mayFailurePass, mayStatusPass } from "../http-api/retry.ts";
import { Watch } from "../http-api/watch.ts";
import type { DownloadRun } from "./download-run.ts";

/** Nothing has come for so long that nothing more will. */
const STALL = 60_000;
/** As Packer: unless `PACKER_GETTER_READ_TIMEOUT` says otherwise. */
const READ_TIMEOUT = 30 * 60_000;

/** Trouble that another attempt may not have. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Watches over a request; `deadline` counts as `Clock.elapsed` does. */
export function watch({ host, signal }: DownloadRun, deadline = Number.POSITIVE_INFINITY): Watch {
  return new Watch(host.clock, signal, { silence: STALL, whole: deadline - host.clock.elapsed() }, reportTooLong);
}

interface Asked {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Status codes besides 200 that are an answer. */
  readonly also?: readonly number[] | undefined;
}

/** Sends a request; an answer comes back when it is a good one or one of `also`. */
export async function ask(
  { url, method = "GET", headers, also = [] }: Asked,
  watching: Watch,
  run: DownloadRun,
): Promise<Response> {
  const { signal } = watching;
  const response = await markInterrupted(watching, () =>
    run.host.network.fetch(url, { method, headers, netrc: "all", signal }),
  );
  watching.alive();
  if (response.status === 200 || also.includes(response.status)) {
    return response;
  }
  await response.body?.cancel().catch(() => {});
  const said = `bad response code: ${response.status}`;
  if (mayStatusPass(response.status)) {
    throw new Interrupted(said);
  }
  if (response.status !== 401 && response.status !== 403) {
    throw failure("network", "download/status", said);
  }
  const hint = "Put USER:PASSWORD@ before the host in the address, or a log-in for the host into ~/.netrc.";
  throw failure("auth", "download/status", said, { hint });
}

/** Waits for something of the network; trouble that may pass is told apart. */
export async function markInterrupted<T>({ signal }: Pick<Watch, "signal">, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    const reason: unknown = signal.aborted ? signal.reason : thrown;
    throw mayFailurePass(reason, 1) ? new Interrupted(readMessage(reason), { cause: reason }) : reason;
  }
}

/** Milliseconds for reading one file. */
export function readTimeout({ env }: DownloadRun["host"]): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const text = env["PACKER_GETTER_READ_TIMEOUT"] ?? "";
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    return READ_TIMEOUT;
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const total = [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
  return total > 0 ? total : READ_TIMEOUT;
}

function reportTooLong(): Error {
  return failure("timeout", "download/timeout", "it took longer than PACKER_GETTER_READ_TIMEOUT allows");
}
