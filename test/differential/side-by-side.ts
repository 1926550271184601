// Runs the same command line through Debian's packer and through this program, each in a folder and on a machine of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { needs } from "../needs.ts";
import { type Ended, type Given, packer, packerTs } from "../packer-ts.ts";
import { type LoggingMachine, startLoggingMachine } from "./logging-machine.ts";
import { normal } from "./normal.ts";

/** One of the two programs. */
export type Program = "packer" | "ours";

/** Where one of them runs. */
export interface Place {
  readonly program: Program;
  /** Its working directory: holds the files of the case and whatever the build writes. */
  readonly folder: string;
  /** A machine to build on, when the case asked for one. */
  readonly machine: LoggingMachine | undefined;
}

export interface Case {
  readonly files: Readonly<Record<string, string | Uint8Array | object>>;
  /** Arguments of the program; a build on a machine finds it through the variables `port`, `user` and `key`. */
  readonly args: readonly string[] | ((place: Place) => readonly string[]);
  readonly env?: Given["env"] | undefined;
  readonly input?: string | undefined;
  /** Starts an SSH machine for each program. */
  readonly machine?: boolean | undefined;
  /** Called before the program starts. */
  prepare?(place: Place): void;
}

/** How one program did. */
export interface Side extends Ended {
  readonly place: Place;
  /** What it printed, without what differs from run to run. */
  readonly output: string;
  /** Commands that the machine was asked to run, without what differs from run to run. */
  readonly commands: readonly string[];
}

export interface Pair {
  readonly packer: Side;
  readonly ours: Side;
}

/** Both programs on the same case; `undefined` when the machine lacks one and the test was skipped. */
export async function sideBySide(t: TestContext, given: Case): Promise<Pair | undefined> {
  if (!needs(t, "packer") || (given.machine && !needs(t, "/usr/sbin/sshd", "ssh-keygen"))) {
    return undefined;
  }
  const sides = await Promise.allSettled([oneSide(t, "packer", given), oneSide(t, "ours", given)]);
  // Both have ended, so nothing of them outlives the test when one of them could not start.
  const [theirs, ours] = sides.map((side) => {
    if (side.status === "rejected") {
      throw side.reason;
    }
    return side.value;
  });
  return { packer: theirs as Side, ours: ours as Side };
}

async function oneSide(t: TestContext, program: Program, given: Case): Promise<Side> {
  const root = mkdtempSync(join(tmpdir(), "side-by-side-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "case");
  for (const name of ["case", "home", "tmp"]) {
    mkdirSync(join(root, name));
  }
  for (const [name, content] of Object.entries(given.files)) {
    writeCaseFile(join(folder, name), content);
  }
  const machine = given.machine ? await startLoggingMachine(t, join(root, "machine")) : undefined;
  const place = { program, folder, machine };
  given.prepare?.(place);
  const args = typeof given.args === "function" ? given.args(place) : given.args;
  const env = {
    HOME: join(root, "home"),
    TMPDIR: join(root, "tmp"),
    PACKER_CONFIG_DIR: join(root, "home"),
    ...given.env,
  };
  const run = program === "packer" ? packer : packerTs;
  const ended = await run(withMachine(args, machine), {
    cwd: folder,
    env,
    input: given.input,
  });
  return {
    ...ended,
    place,
    output: normal(ended.stdout, root, machine),
    commands: (machine?.commands() ?? []).map((one) => normal(one, root, machine)),
  };
}

function writeCaseFile(path: string, content: string | Uint8Array | object): void {
  mkdirSync(dirname(path), { recursive: true });
  const text =
    typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2);
  writeFileSync(path, text, { mode: typeof text === "string" && text.startsWith("#!") ? 0o755 : 0o644 });
}

/** Variables stand right behind the command, so that those of the case win over them. */
function withMachine(args: readonly string[], machine: LoggingMachine | undefined): readonly string[] {
  if (machine === undefined) {
    return args;
  }
  const [command = "", ...rest] = args;
  return [
    command,
    ...["port", "user", "key"].flatMap((name) => ["-var", `${name}=${machine[name as "port" | "user" | "key"]}`]),
    ...rest,
  ];
}

/** A null builder that goes to the case's machine. */
export function onMachine(options: Readonly<Record<string, unknown>> = {}): object {
  return {
    type: "null",
    ssh_host: "127.0.0.1",
    ssh_port: "{{user `port`}}",
    ssh_username: "{{user `user`}}",
    ssh_private_key_file: "{{user `key`}}",
    ...options,
  };
}
