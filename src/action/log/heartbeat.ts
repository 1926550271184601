// A sign of life when nothing has been printed for a while: a silent log looks like a hanging one.
import type { Clock } from "../../host/host.ts";
import { writeDuration } from "../result/markdown.ts";
import type { BuildRecord, RunRecord } from "../result/run-record.ts";
import type { Log } from "./log.ts";

const EVERY = 60_000;

type HeartbeatLog = Pick<Log, "shown" | "waiting" | "now">;

/** Says what runs whenever nothing was printed for a minute, and which builds the log did not show. Ends with the signal. */
export async function startHeartbeat(
  clock: Clock,
  log: HeartbeatLog,
  record: RunRecord,
  signal: AbortSignal,
): Promise<void> {
  for (let before = log.shown; ; before = log.shown) {
    try {
      await clock.sleep(EVERY, signal);
    } catch {
      return;
    }
    const isSilent = log.shown === before;
    const running = record.builds.filter(({ startedAt, outcome }) => startedAt !== undefined && outcome === undefined);
    const told = running.filter(({ name }) => isSilent || log.waiting(name) > 0);
    if (told.length > 0) {
      log.now(`Still running: ${told.map((build) => describe(build, clock.now(), log)).join("; ")}`);
    }
  }
}

function describe({ name, spans, startedAt }: BuildRecord, now: number, log: HeartbeatLog): string {
  const span = spans.findLast(({ milliseconds }) => milliseconds === undefined);
  const work = span === undefined ? name : `${name}, ${span.title}`;
  const lines = log.waiting(name);
  const hidden = lines === 0 ? "" : `, ${lines} line${lines === 1 ? "" : "s"} to come below`;
  return `${work} (${writeDuration(now - (span?.startedAt ?? startedAt ?? now))}${hidden})`;
}
