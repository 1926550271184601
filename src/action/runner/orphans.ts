// Programs that a killed main step started and nobody ended.
import type { Host } from "../../host/host.ts";

/** Milliseconds that a program gets to end by itself. */
const PATIENCE = 2000;
const LOOK_EVERY = 50;

/** Ends every program with the mark; gives how many there were. */
export async function endOrphans(host: Pick<Host, "processTable" | "clock">, mark: string): Promise<number> {
  const found = await host.processTable.find(mark);
  let left = found;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of left) {
      host.processTable.signal(pid, signal);
    }
    for (let waited = 0; waited < PATIENCE && left.length > 0; waited += LOOK_EVERY) {
      await host.clock.sleep(LOOK_EVERY);
      left = await host.processTable.find(mark);
    }
  }
  return found.length - left.length;
}
