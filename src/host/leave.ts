// The end of the program, whatever still holds it.
import { setTimeout as wait } from "node:timers/promises";

const PATIENCE = 500;
const LOOK_EVERY = 20;

/**
 * Ends the process with this code, although pipes and connections may still be open. One that is stuck in the kernel, because a
 * named pipe that it opened has no other end, cannot end by itself: it is ended as by SIGTERM.
 */
export async function leave(code: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE && isInFileSystem(); waited += LOOK_EVERY) {
    await wait(LOOK_EVERY);
  }
  if (isInFileSystem()) {
    process.emit("exit", code);
    process.removeAllListeners("SIGTERM");
    process.kill(process.pid, "SIGTERM");
  }
  process.exit(code);
}

/** Node waits for these on its way out, for ever if need be. */
function isInFileSystem(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
}
