// Ending a program that was started earlier, perhaps by another process, and nobody else's.
import type { Host } from "../../host/host.ts";

/** A program as it was noted. Fit for JSON. */
export type NotedProgram = {
  readonly pid: number;
  /** Tells it from a later one with the same number. */
  readonly identity: string | null;
};

/** Milliseconds a program gets to end by itself. */
const PATIENCE = 3000;
const LOOK_EVERY = 50;
/** A shorter mark could be somebody else's. */
const SHORTEST_MARK = 12;

type Surroundings = Pick<Host, "processTable" | "clock">;

export async function noteProgram(pid: number, { processTable }: Pick<Host, "processTable">): Promise<NotedProgram> {
  return { pid, identity: (await processTable.identity(pid)) ?? null };
}

/** Whether a program that was noted still runs. */
export async function livesNoted(
  { pid, identity }: NotedProgram,
  { processTable }: Pick<Host, "processTable">,
): Promise<boolean> {
  return identity !== null && (await processTable.identity(pid)) === identity;
}

/** Ends a program that was noted. One that had ended before it could be noted has no identity. */
export async function endNoted(
  { pid, identity }: NotedProgram,
  host: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  if (identity !== null) {
    await end(pid, identity, host, signal);
  }
}

/** Ends all programs with a text in their arguments or environment that nobody else has, such as the path of a folder of their own. */
export async function endMarked(mark: string, host: Surroundings, signal: AbortSignal): Promise<void> {
  if (mark.length < SHORTEST_MARK) {
    return;
  }
  for (const pid of await host.processTable.find(mark)) {
    await end(pid, await host.processTable.identity(pid), host, signal);
  }
}

async function end(
  pid: number,
  identity: string | undefined,
  { processTable, clock }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const lives = async (): Promise<boolean> => {
    const now = await processTable.identity(pid);
    return now !== undefined && (identity === undefined || now === identity);
  };
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    if (!(await lives())) {
      return;
    }
    processTable.signal(pid, name);
    for (let waited = 0; waited < PATIENCE && (await lives()); waited += LOOK_EVERY) {
      await clock.sleep(LOOK_EVERY, signal);
    }
  }
  if (await lives()) {
    throw new Error(`Process ${pid} does not end`);
  }
}
