// The signals that ask a program to end, and whether it was started so that a closed terminal does not end it.
import { readFileSync, readlinkSync } from "node:fs";

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGBREAK";

/** Those that can be listened to here. */
export const END_SIGNALS: readonly EndSignal[] =
  process.platform === "win32"
    ? ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

const WRITE_ONLY = 0o1;

/**
 * True under `nohup`, and under a parent that ignores hang-ups itself. Node forgets at its start what it was told to ignore,
 * so it is seen by what starts programs this way leaves behind.
 */
export function ignoresHangUp(env: NodeJS.ProcessEnv, parent: number = process.ppid): boolean {
  if (/(^|\/)nohup$/.test(env["_"] ?? "")) {
    return true;
  }
  return isInputOfNohup() || isIgnoredBy(parent);
}

/** `nohup` replaces a terminal as standard input by a /dev/null that cannot be read. */
function isInputOfNohup(): boolean {
  try {
    if (readlinkSync("/proc/self/fd/0") !== "/dev/null") {
      return false;
    }
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync("/proc/self/fdinfo/0", "utf8"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & 0o3) === WRITE_ONLY;
  } catch {
    return false;
  }
}

/** The first bit of the mask stands for SIGHUP, and what is ignored is inherited. */
function isIgnoredBy(pid: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
  } catch {
    return false;
  }
}
