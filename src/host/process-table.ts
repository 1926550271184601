// Which processes run on this machine, told apart by when they began.
import { readdir, readFile } from "node:fs/promises";
import type { NotedProcess, ProcessFate, ProcessTable } from "./host.ts";
import { findOwnSpace, lookInto } from "./process-space.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The machine's real processes. */
export function openProcessTable(env: Environment): ProcessTable {
  const identityOf = (pid: number): Promise<string | undefined> =>
    process.platform === "linux" ? identifyOnLinux(pid) : readListedIdentity(pid, env);
  return Object.freeze({
    own: process.pid,
    identity: identityOf,
    space: findOwnSpace,
    async fate({ pid, identity, space }: NotedProcess): Promise<ProcessFate> {
      const view = await lookInto(space);
      if (view !== "here") {
        return view;
      }
      const now = await identityOf(pid);
      return now !== undefined && (identity === undefined || now === identity) ? "lives" : "gone";
    },
    find: (mark: string) => (process.platform === "linux" ? findOnLinux(mark) : findListed(mark, env)),
    signal: sendSignal,
  });
}

/** Boot and start time in clock ticks; a zombie has ended. */
async function identifyOnLinux(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") {
      return undefined;
    }
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
    return `${boot.trim()}/${fields[19] ?? ""}`;
  } catch {
    return undefined;
  }
}

async function findOnLinux(mark: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => isMarked(pid, mark)));
  return pids.filter((pid, index) => found[index] && pid !== process.pid);
}

async function isMarked(pid: number, mark: string): Promise<boolean> {
  const texts = ["cmdline", "environ"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => ""));
  return (await Promise.all(texts)).some((text) => text.includes(mark));
}

/** Where there is no `/proc`, the system's own tool says when a process began. */
async function readListedIdentity(pid: number, env: Environment): Promise<string | undefined> {
  const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
  const text =
    process.platform === "win32"
      ? await runPowershell(script, env)
      : await readOutput("ps", ["-o", "lstart=", "-p", String(pid)], env);
  return text.trim() || undefined;
}

async function findListed(mark: string, env: Environment): Promise<number[]> {
  const script = 'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }';
  const text =
    process.platform === "win32"
      ? await runPowershell(script, env)
      : await readOutput("ps", ["-Axwwo", "pid=,command="], env);
  const lines = text.split("\n").filter((line) => line.includes(mark));
  return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 1 && pid !== process.pid);
}

function runPowershell(script: string, env: Environment): Promise<string> {
  return readOutput("powershell", ["-NoProfile", "-NonInteractive", "-Command", script], env);
}

/** What a tool prints; nothing when it fails. */
async function readOutput(file: string, args: readonly string[], env: Environment): Promise<string> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    const options = { env: { ...env, LC_ALL: "C" }, windowsHide: true, maxBuffer: 2 ** 26 };
    execFile(file, args, options, (error, stdout) => resolve(error === null ? stdout : ""));
  });
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  // A number below 2 would reach a whole group or everything there is.
  if (!Number.isInteger(pid) || pid < 2) {
    return;
  }
  for (const target of process.platform === "win32" ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // It leads no group, or has ended.
    }
  }
}
