// Where a process number counts: on one machine, since it was started, within one namespace of processes.
import { readdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type { ProcessFate } from "./host.ts";

/** The namespace that sees all others; its number is fixed in Linux. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** This process's space; elsewhere than on Linux there is one for the whole machine. */
export async function findOwnSpace(): Promise<string> {
  if (process.platform !== "linux") {
    return "";
  }
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return [hostname(), boot.trim(), await readNamespace("self")].join(" ");
}

/** What can be said from here of processes in a space: look at them, or it is known or unknown as a whole. */
export async function lookInto(space: string): Promise<"here" | Exclude<ProcessFate, "lives">> {
  const own = await findOwnSpace();
  if (space === own) {
    return "here";
  }
  const [name, boot, namespace = ""] = space.split(" ");
  const [ownName, ownBoot, ownNamespace] = own.split(" ");
  // Started again, a machine has none of its processes; another machine may have them all.
  if (boot !== ownBoot) {
    return name === ownName ? "gone" : "unseen";
  }
  // The same machine under another name, as containers have one each.
  if (namespace === ownNamespace) {
    return "here";
  }
  return ownNamespace === FIRST_NAMESPACE && !(await isInUse(namespace)) ? "gone" : "unseen";
}

/** A namespace without any process is over for good. What cannot be looked at counts as a process in it. */
async function isInUse(namespace: string): Promise<boolean> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(readNamespace));
  return found.some((each) => each === namespace || each === "unreadable");
}

async function readNamespace(pid: string): Promise<string> {
  return readlink(`/proc/${pid}/ns/pid`).catch((thrown: NodeJS.ErrnoException) =>
    thrown.code === "ENOENT" ? "" : "unreadable",
  );
}
