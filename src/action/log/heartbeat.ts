// A sign of life when nothing has been printed for a while: a silent log looks like a hanging one.
import type { Clock } from "../../host/host.ts";
import { writeDuration } from "../result/markdown.ts";
import type { RunRecord } from "../result/run-record.ts";

const EVERY = 60_000;

/** Says what runs whenever `lines` has not grown for a minute. Ends with the signal. */
export async function startHeartbeat(
  clock: Clock,
  log: { readonly lines: number; now(text: string): void },
  record: RunRecord,
  signal: AbortSignal,
): Promise<void> {
  for (let before = log.lines; ; before = log.lines) {
    try {
      await clock.sleep(EVERY, signal);
    } catch {
      return;
    }
    if (log.lines !== before) {
      continue;
    }
    const running = record.builds.filter(({ startedAt, outcome }) => startedAt !== undefined && outcome === undefined);
    if (running.length === 0) {
      continue;
    }
    const now = clock.now();
    const each = running.map(({ name, spans, startedAt }) => {
      const span = spans.findLast(({ milliseconds }) => milliseconds === undefined);
      return `${name}${span === undefined ? "" : `, ${span.title}`} (${writeDuration(now - (span?.startedAt ?? startedAt ?? now))})`;
    });
    log.now(`Still running: ${each.join("; ")}`);
  }
}
