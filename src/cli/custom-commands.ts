// Commands of the user's own: programs on the PATH whose names begin with `packer-ts-` or, as Packer had it, `packer-`.
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Host } from "../host/host.ts";

const PREFIXES = ["packer-ts-", "packer-"];
/** What Packer's own parts are called: none of them is a command. */
const PARTS = /^packer-(plugin|builder|provisioner|post-processor|datasource|command)-/;
const NAME = /^[a-z0-9][a-z0-9_-]*$/i;

type Environment = Readonly<Record<string, string | undefined>>;

function listFolders(env: Environment): readonly string[] {
  return (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The program of a command; `undefined` when there is none. */
export function findCustomCommand(name: string, env: Environment): string | undefined {
  if (!NAME.test(name)) {
    return undefined;
  }
  for (const prefix of PREFIXES) {
    const file = `${prefix}${name}`;
    const found = PARTS.test(file) ? undefined : listFolders(env).find((folder) => isProgram(join(folder, file)));
    if (found !== undefined) {
      return join(found, file);
    }
  }
  return undefined;
}

/** The names of all that there are, in order. */
export function listCustomCommands(env: Environment): readonly string[] {
  const names = new Set<string>();
  for (const folder of listFolders(env)) {
    for (const file of readNames(folder)) {
      const prefix = PREFIXES.find((one) => file.startsWith(one));
      const name = file.slice(prefix?.length ?? 0);
      if (prefix !== undefined && !PARTS.test(file) && NAME.test(name) && isProgram(join(folder, file))) {
        names.add(name);
      }
    }
  }
  return [...names].sort();
}

/** Runs it in place of this program: with this terminal, and with its exit status. */
export async function runCustomCommand(program: string, args: readonly string[], { processes }: Host): Promise<number> {
  const child = await processes.start([program, ...args], { stdin: "inherit", stdout: 1, stderr: 2 });
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM"] as const) {
    // What a terminal sends reaches the program by itself, and it decides what comes of it.
    process.on(signal, () => void (signal === "SIGTERM" && child.kill(signal)));
  }
  return (await child.ended).code;
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
