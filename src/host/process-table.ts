// Which processes run on this machine, told apart by when they began.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { ProcessTable } from "./host.ts";

/** The machine's real processes. */
export function nodeProcessTable(env: Readonly<Record<string, string | undefined>>): ProcessTable {
  return Object.freeze({
    own: process.pid,
    identity: (pid: number) => (process.platform === "linux" ? linuxIdentity(pid) : listedIdentity(pid, env)),
    signal: sendSignal,
  });
}

/** Boot and start time in clock ticks; a zombie has ended. */
async function linuxIdentity(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
    return `${boot.trim()}/${fields[19] ?? ""}`;
  } catch {
    return undefined;
  }
}

/** Where there is no `/proc`, the system's own tool says when a process began. */
function listedIdentity(pid: number, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const [file, args] =
    process.platform === "win32"
      ? ["powershell", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]]
      : ["ps", ["-o", "lstart=", "-p", String(pid)]];
  return new Promise((resolve) => {
    execFile(file as string, args as string[], { env: { ...env, LC_ALL: "C" }, windowsHide: true }, (error, stdout) => {
      const text = stdout.trim();
      resolve(error !== null || text === "" ? undefined : text);
    });
  });
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  // A number below 2 would reach a whole group or everything there is.
  if (!Number.isInteger(pid) || pid < 2) return;
  for (const target of process.platform === "win32" ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // It leads no group, or has ended.
    }
  }
}
