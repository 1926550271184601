// Takes the runner's tokens and the inputs out of reach of everything that this process starts or reads.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { OURS, readEnvironmentForTemplates } from "./runner-files.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Those of our variables that GitHub's libraries look up for themselves, whenever they are used. */
const LIBRARIES = /^(ACTIONS_|GITHUB_)/i;

export interface OwnEnvironment {
  /** All of it, as it was. */
  readonly env: Environment;
  /** Why others can still read what the process was started with; `undefined` when they cannot. */
  readonly problem: string | undefined;
}

/**
 * Takes over the environment of the process, before anything is started. On Linux every process of the same user can read
 * what another one was started with, below `/proc`, and so could a template's functions and scripts.
 */
export function takeEnvironment(): OwnEnvironment {
  const env = { ...process.env };
  const ours = Object.keys(env).filter((name) => OURS.test(name));
  // Names have no upper and lower case on Windows, which no other object can stand in for; nothing is read from there either.
  if (process.platform === "win32") {
    return { env, problem: undefined };
  }
  for (const name of ours) {
    delete process.env[name];
  }
  const kept = readEnvironmentForTemplates(env);
  // GitHub's libraries find what is not listed, and the programs they start are handed only what is.
  for (const name of ours.filter((each) => LIBRARIES.test(each))) {
    Object.defineProperty(kept, name, { value: env[name], enumerable: false, configurable: true, writable: true });
  }
  process.env = kept as NodeJS.ProcessEnv;
  return { env, problem: process.platform === "linux" && ours.length > 0 ? makeBlank() : undefined };
}

/** What the runner itself was started with, which is no input of ours; empty where that cannot be seen. */
export function runnersEnvironment(): Environment {
  try {
    const entries = readFileSync(`/proc/${process.ppid}/environ`, "utf8").split("\0");
    return Object.fromEntries(
      entries.map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)]),
    );
  } catch {
    return {};
  }
}

/** Writes zeros over the variables in the memory that `/proc/self/environ` shows. Nothing refers to them any more. */
function makeBlank(): string | undefined {
  try {
    const start = startOfEnvironment();
    const given = readFileSync("/proc/self/environ");
    const memory = openSync("/proc/self/mem", "r+");
    try {
      for (const { from, to } of listEntries(given)) {
        writeSync(memory, Buffer.alloc(to - from), 0, to - from, start + from);
      }
    } finally {
      closeSync(memory);
    }
    const left = listEntries(readFileSync("/proc/self/environ")).length;
    return left === 0 ? undefined : `${left} of them are still there`;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

/** The address of the first byte, as proc(5) has it: `env_start` is the 50th value of a line whose second may hold blanks. */
function startOfEnvironment(): number {
  const line = readFileSync("/proc/self/stat", "utf8");
  const start = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[47]);
  if (!Number.isSafeInteger(start) || start <= 0) {
    throw new Error("/proc/self/stat does not say where the environment is");
  }
  return start;
}

function listEntries(given: Buffer): { readonly from: number; readonly to: number }[] {
  const found = [];
  for (let from = 0; from < given.length; ) {
    const end = given.indexOf(0, from);
    const to = end < 0 ? given.length : end;
    const [name = ""] = given.toString("latin1", from, to).split("=", 1);
    if (OURS.test(name)) {
      found.push({ from, to });
    }
    from = to + 1;
  }
  return found;
}
